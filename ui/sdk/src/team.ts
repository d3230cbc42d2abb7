// Teams: one that the person is in, and one that a backend asks about.

import type { Origin } from "./key.ts";
import { KeyOwner } from "./owner.ts";
import type { Permission, WireMyTeam, WireTeam } from "./wire.ts";

/**
 * A team.
 *
 * @example
 * const keys = await team.listApiKeys();
 */
export class Team extends KeyOwner<"team"> {
  /** Your own id of it. */
  readonly externalId: string | null;
  readonly displayName: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;

  /** @internal */
  constructor(wire: WireTeam, from: Origin) {
    super(wire.id, "teams", from);
    this.externalId = wire.external_id;
    this.displayName = wire.name;
    this.metadata = wire.metadata;
    this.createdAt = new Date(wire.created_at);
  }
}

/**
 * A team that the person is in, with what they may do there.
 *
 * @example
 * const teams = user.teams.filter((team) => team.mayManageApiKeys);
 */
export class CurrentTeam extends KeyOwner<"team"> {
  readonly displayName: string;
  readonly role: "admin" | "member" | null;
  readonly permissions: readonly Permission[];
  /** Scopes that the person may give to the team's keys; `*` is every one. */
  readonly scopesGrantable: readonly string[];

  /** @internal */
  constructor(wire: WireMyTeam, from: Origin) {
    super(wire.id, "teams", from);
    this.displayName = wire.name;
    this.role = wire.role;
    this.permissions = wire.permissions;
    this.scopesGrantable = wire.scopes_grantable;
  }

  /** May the person see and manage the team's keys? */
  get mayManageApiKeys(): boolean {
    return this.permissions.includes("$manage_api_keys");
  }
}
