// Whose keys there are to see: one's own, those of teams where one may, and for admins everybody's. Each has an address.

import type { CurrentTeam, CurrentUser } from "@keystead/sdk";
import { HOME } from "../lib/way.ts";
import { words } from "./words.ts";

export interface View {
  path: string;
  text: string;
  owner: CurrentUser | CurrentTeam | "all";
}

export function viewsOf(user: CurrentUser): View[] {
  const teams = user.teams.filter((team) => team.mayManageApiKeys);
  return [
    { path: HOME, text: words.mine, owner: user },
    ...teams.map((team) => ({ path: pathOf(team.id), text: team.displayName, owner: team })),
    ...(user.role === "admin" ? [{ path: pathOf("all"), text: words.all, owner: "all" as const }] : []),
  ];
}

function pathOf(owner: string): string {
  return `${HOME}?owner=${owner}`;
}
