// What the palette offers for some words: pages and actions at once, keys, teams and people as the server finds them.

import type { IconName } from "@keystead/parts/icon.tsx";
import { useHeld } from "@keystead/react";
import type { CurrentUser, WireKey, WireTeam, WireUser } from "@keystead/sdk";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { navOf } from "./nav.ts";
import { signOut } from "./sign-out.ts";
import { words } from "./words.ts";

const { groups, actions } = words.palette;
/** Of each kind. */
const FOUND_MAX = 5;

export interface Offer {
  id: string;
  group: string;
  text: string;
  about?: string | null;
  icon: IconName;
  pick: () => void;
}

interface Offering {
  user: CurrentUser;
  go: (path: string) => void;
  onShortcuts: () => void;
}

/** Those that are always there. */
export function standing({ user, go, onShortcuts }: Offering): Offer[] {
  const pages = [...navOf(user.role), { path: "/account", text: words.nav.account, icon: "person" as const }];
  const does = (id: string, text: string, icon: IconName, pick: () => void) => ({
    id,
    group: groups.actions,
    text,
    icon,
    pick,
  });
  return [
    ...pages.map(({ path, text, icon }) => ({ id: path, group: groups.pages, text, icon, pick: () => go(path) })),
    does("create", actions.create, "plus", () => go("/keys?create")),
    does("shortcuts", actions.shortcuts, "list", onShortcuts),
    does("out", actions.out, "out", () => void signOut()),
  ];
}

/** What the server finds for these words; nothing is asked for none. */
export function useFound(q: string, { user, go }: Pick<Offering, "user" | "go">) {
  const { app, cache } = useHeld();
  const admin = user.role === "admin";
  return useQuery(
    {
      queryKey: ["palette", q],
      queryFn: async ({ signal }) => {
        const asked = { query: { q, limit: FOUND_MAX }, signal };
        const [keys, teams, users] = await Promise.all([
          app.request<WireKey[]>("GET", "/v1/api-keys", asked),
          app.request<WireTeam[]>("GET", "/v1/teams", asked),
          admin ? app.request<WireUser[]>("GET", "/v1/users", asked) : null,
        ]);
        return { keys: keys.data, teams: teams.data, users: users?.data ?? [] };
      },
      select: ({ keys, teams, users }): Offer[] => [
        ...keys.map((key) => ({
          id: key.id,
          group: groups.keys,
          text: key.description,
          about: `${key.prefix ?? ""}•••${key.last_four ?? ""} · ${key.owner.name}`,
          icon: "key" as const,
          pick: () => go(`/keys/${key.id}`),
        })),
        ...teams.map(({ id, name }) => ({
          id,
          group: groups.teams,
          text: name,
          icon: "people" as const,
          pick: () => go(`/teams/${id}`),
        })),
        ...users.map(({ id, name, email, external_id }) => ({
          id,
          group: groups.users,
          text: name,
          about: email ?? external_id,
          icon: "person" as const,
          pick: () => go(`/users/${id}`),
        })),
      ],
      enabled: q !== "",
      refetchInterval: false,
      placeholderData: keepPreviousData,
    },
    cache,
  );
}
