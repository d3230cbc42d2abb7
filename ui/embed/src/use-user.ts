// The person, and their teams. Each hook waits (React's Suspense) until there is something to return.

import type { ApiKey, CurrentTeam, CurrentUser, KeyOwner, OwnerType } from "@keystead/sdk";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useHeld } from "./provider.tsx";

/** A team with a hook for its keys. */
export type HookedTeam = CurrentTeam & { useApiKeys(): ApiKey<"team">[] };
/** A person with hooks for keys and teams. */
export type HookedUser = CurrentUser & {
  useApiKeys(): ApiKey<"user">[];
  /** The team with this id, or null where the person is not in it. */
  useTeam(id: string): HookedTeam | null;
};

/**
 * The person whom the app acts for.
 *
 * @example
 * const user = useUser({ or: "redirect" });
 * const keys = user.useApiKeys();
 */
export function useUser(options: { or: "redirect" | "throw" }): HookedUser;
export function useUser(options?: { or?: "return-null" | "redirect" | "throw" }): HookedUser | null;
export function useUser(options: { or?: "return-null" | "redirect" | "throw" } = {}): HookedUser | null {
  const { app, cache } = useHeld();
  const me = {
    queryKey: ["me"],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const user = await app.getUser({ signal });
      return user && hooked(user);
    },
  };
  const { data: user } = useSuspenseQuery(me, cache);
  if (user) return user;
  if (options.or === "throw") throw new Error("nobody is signed in");
  if (options.or !== "redirect") return null;
  if (app.signInUrl === null) throw new Error("nobody is signed in, and KeysteadProvider has no signInUrl to go to");
  location.assign(app.signInUrl);
  // The page is leaving: nothing is drawn any more.
  throw new Promise(() => {});
}

/** The team with this id, or null where the person is not in it. */
export function useTeam(id: string): HookedTeam | null {
  return useUser({ or: "throw" }).useTeam(id);
}

/** Hooks on what the SDK made: its objects have private parts, so they cannot be wrapped. */
function hooked(user: CurrentUser): HookedUser {
  for (const team of user.teams) Object.assign(team, { useApiKeys: () => useApiKeys(team) });
  return Object.assign(user, {
    useApiKeys: () => useApiKeys(user),
    useTeam: (id: string) => user.getTeam(id) as HookedTeam | null,
  });
}

function useApiKeys<Owner extends OwnerType>(owner: KeyOwner<Owner>): ApiKey<Owner>[] {
  const { cache } = useHeld();
  const query = { queryKey: ["keys", owner.id, "all"], queryFn: () => owner.listApiKeys() };
  return useSuspenseQuery(query, cache).data;
}
