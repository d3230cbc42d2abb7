// Who did it, by name where there is one.

import { useHeld } from "@keystead/react";
import type { WireKey, WireUser } from "@keystead/sdk";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { words } from "./words.ts";

export function Actor({ actor }: { actor: string }) {
  const at = actor.indexOf(":");
  const [kind, id] = at < 0 ? [actor, ""] : [actor.slice(0, at), actor.slice(at + 1)];
  const name = useName(kind === "cli" ? "" : id);
  const word = kind in words.actors ? words.actors[kind as keyof typeof words.actors] : kind;
  const text = kind === "person" ? (name ?? id) : `${word} ${name ?? id}`;
  return (
    <span className="ks-cut" title={actor}>
      {text}
    </span>
  );
}

/** A thing by name, with its id on hover. */
export function Named({ id }: { id: string }) {
  const name = useName(id);
  return (
    <span className={name ? "ks-cut" : "ks-cut ks-mono"} title={id}>
      {name ?? id}
    </span>
  );
}

/** The page of a thing, where it has one. */
const pages: Readonly<Record<string, string>> = { usr: "/users/", team: "/teams/", key: "/keys/", leak: "/leaks/" };

/** A thing by name, and the way to its page. What is gone has none. */
export function Linked({ id }: { id: string }) {
  const type = kindOf(id);
  const name = useName(id);
  const page = name !== null || type === "leak" ? pages[type] : undefined;
  return page === undefined ? <Named id={id} /> : <Link to={page + id}>{name ?? id}</Link>;
}

const paths: Readonly<Record<string, string>> = { usr: "/v1/users/", team: "/v1/teams/", key: "/v1/api-keys/" };

/** What something is called today; null where it is gone, or never had a name. Asked for once. */
function useName(id: string): string | null {
  const { app, cache } = useHeld();
  const path = paths[kindOf(id)];
  const { data } = useQuery(
    {
      queryKey: ["name", id],
      queryFn: async ({ signal }) => {
        const answer = await app.request<WireUser | WireKey>("GET", `${path}${id}`, { signal });
        return answer.data.name;
      },
      enabled: path !== undefined,
      staleTime: Number.POSITIVE_INFINITY,
      refetchInterval: false,
      refetchOnWindowFocus: false,
      refetchOnMount: false,
    },
    cache,
  );
  return data ?? null;
}

function kindOf(id: string): string {
  return id.slice(0, id.indexOf("_"));
}
