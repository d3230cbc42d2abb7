// The one way from these pages to their server: as the person whose session the cookie names.

import { CurrentTeam, CurrentUser, KeysteadClientApp, type WireTeam, type WireUser } from "@keystead/sdk";
import { BASE } from "./base.ts";
import { watchedFetch } from "./fetch.ts";

const EVERYTHING = ["*"];

class ConsoleApp extends KeysteadClientApp {
  /** A team as an admin of the instance has it: whatever its members may do, and whoever they are. */
  asTeam(wire: WireTeam): CurrentTeam {
    const mine = { role: null, permissions: ["$manage_api_keys" as const], scopes_grantable: EVERYTHING };
    return new CurrentTeam({ id: wire.id, name: wire.name, ...mine }, this.origin);
  }

  /** Another person, as this admin has them. */
  asUser(wire: WireUser, admin: CurrentUser): CurrentUser {
    const mine = { teams: [], scopes_grantable: EVERYTHING, may_set_terms: true, policy: admin.policy };
    const none = { type: "person" as const, session: null, second_factor: null, panel: null };
    return new CurrentUser({ ...none, ...mine, user: wire }, this.origin);
  }
}

export const app = new ConsoleApp({ baseUrl: location.origin + BASE, session: true, fetch: watchedFetch });
