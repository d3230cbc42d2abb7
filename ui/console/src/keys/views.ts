// Whose keys there are to see: one's own, those of teams where one may, and for admins everybody's. Each has an address.

import type { CurrentTeam, CurrentUser } from "@keystead/sdk";
import { HOME } from "../lib/way.ts";
import { words } from "./words.ts";

export interface View {
  /** The owner's id, or `all`. */
  id: string;
  path: string;
  text: string;
  owner: CurrentUser | CurrentTeam | "all";
}

export function viewsOf(user: CurrentUser): View[] {
  const teams = user.teams.filter((team) => team.mayManageApiKeys);
  return [
    { id: user.id, path: HOME, text: words.mine, owner: user },
    ...teams.map((team) => ({ id: team.id, path: pathOf(team.id), text: team.displayName, owner: team })),
    ...(user.role === "admin" ? [{ id: "all", path: pathOf("all"), text: words.all, owner: "all" as const }] : []),
  ];
}

/** One's own are at home. */
export function pathOf(owner: string | null): string {
  return owner === null ? HOME : `${HOME}?owner=${owner}`;
}
