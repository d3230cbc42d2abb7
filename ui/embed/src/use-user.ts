// The person, and their teams. Each hook waits (React's Suspense) until there is something to return; what fails before that is thrown to
// the nearest error boundary.

import type { ApiKey, CurrentTeam, CurrentUser, KeyOwner, OwnerType } from "@keystead/sdk";
import { type QueryClient, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { type Held, useHeld } from "./provider.tsx";

/** A team with a hook for its keys. */
export type HookedTeam = CurrentTeam & {
  /** The team's keys, newest first; the list follows every change. */
  useApiKeys(): ApiKey<"team">[];
};
/** A person with hooks for keys and teams. */
export type HookedUser = CurrentUser & {
  /** The person's own keys, newest first; the list follows every change. */
  useApiKeys(): ApiKey<"user">[];
  /** The team with this id, or null where the person is not in it. */
  useTeam(id: string): HookedTeam | null;
};

/** An error that is older than this belongs to an earlier attempt: an error boundary has been left since. */
const ATTEMPT_MS = 500;
const ME = ["me"];

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
  const held = useHeld();
  const { app, cache } = held;
  const user = useFetched(cache, ME, (signal) => person(held, signal));
  if (user) return user;
  if (options.or === "throw") throw new Error("nobody is signed in");
  if (options.or !== "redirect") return null;
  if (app.signInUrl === null) throw new Error("nobody is signed in, and KeysteadProvider has no signInUrl to go to");
  location.assign(app.signInUrl);
  // The page is leaving: nothing is drawn any more.
  throw new Promise(() => {});
}

/**
 * Whether it has been found out who the person is, if anybody. What asks here before it draws what uses them is drawn at once when they are
 * known: React shows again what has waited in its Suspense after 300 ms at the earliest.
 *
 * @example
 * return useArrived() ? <AccountSettings fullPage /> : null;
 */
export function useArrived(): boolean {
  const held = useHeld();
  return !useQuery({ queryKey: ME, queryFn: ({ signal }) => person(held, signal) }, held.cache).isPending;
}

async function person({ app, cache, embedded }: Held, signal: AbortSignal): Promise<HookedUser | null> {
  // Once somebody is there, an error leaves them there: they may have typed something.
  const known = embedded && cache.getQueryData(ME);
  const found = known ? await app.getUser({ or: "throw", signal }) : await app.getUser({ signal });
  return found && hooked(found);
}

/**
 * The team with this id, or null where the person is not in it.
 *
 * @example
 * const team = useTeam("team_01k9…");
 * const keys = team?.useApiKeys();
 */
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
  return useFetched(cache, ["keys", owner.id, "all"], (signal) => owner.listApiKeys({ signal }));
}

function useFetched<Data>(cache: QueryClient, queryKey: string[], fetched: (signal: AbortSignal) => Promise<Data>) {
  // React then leaves this place to the browser, and the nearest Suspense shows what waits.
  if (typeof document === "undefined") throw new Error("Keystead's data is fetched in the browser, never on a server");
  const state = cache.getQueryState(queryKey);
  if (state?.status === "error" && state.data === undefined && Date.now() - state.errorUpdatedAt > ATTEMPT_MS)
    cache.removeQueries({ queryKey, exact: true });
  return useSuspenseQuery({ queryKey, queryFn: ({ signal }) => fetched(signal) }, cache).data;
}
