// The list that a panel shows: pages of 200, fetched as they are scrolled to, and what becomes of it when a key changes.

import type { ApiKey, Environment, KeySort, Page, Status } from "@keystead/sdk";
import { type InfiniteData, keepPreviousData, type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useHeld } from "../provider.tsx";
import type { Subject } from "./subject.ts";

export interface Filter {
  q: string;
  status: Status | "";
  environment: Environment | "";
  /** Of the list of all owners: only this one's. */
  owner: { id: string; name: string } | null;
  sort: KeySort;
}

export const UNFILTERED: Filter = { q: "", status: "", environment: "", owner: null, sort: "-created_at" };
export const isFiltered = ({ q, status, environment, owner }: Filter) => Boolean(q || status || environment || owner);

const PAGE = 200;
/** Every page is fetched anew, one after the other; long lists are so less often. */
const REFRESH_MS = 30_000;

export function useKeys(subject: Subject, filter: Filter) {
  const { cache } = useHeld();
  const { q, status, environment, owner, sort } = filter;
  const asked = {
    ...(q && { q }),
    ...(status && { status }),
    ...(environment && { environment }),
    ...(owner && { owner: owner.id }),
    ...(sort !== UNFILTERED.sort && { sort }),
  };
  const query = useInfiniteQuery(
    {
      queryKey: ["keys", subject.id, "list", asked],
      queryFn: ({ pageParam, signal }) =>
        // Whoever may not list them is told so instead of shown this.
        subject.list?.({ ...asked, limit: PAGE, signal, ...(pageParam && { cursor: pageParam }) }) ??
        Promise.resolve({ items: [], nextCursor: null }),
      initialPageParam: "",
      getNextPageParam: (page: Page<ApiKey>) => page.nextCursor,
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => REFRESH_MS * Math.max(1, state.data?.pages.length ?? 1),
      refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 1) <= 5,
    },
    cache,
  );
  return { ...query, keys: query.data?.pages.flatMap((page) => page.items) ?? null };
}

/** Shows a change before the lists are fetched anew, and also where that fails. Without `value`: the cache never sees a secret. */
export function show(cache: QueryClient, changed: ApiKey) {
  cache.setQueriesData<InfiniteData<Page<ApiKey>>>({ predicate: ({ queryKey }) => queryKey[2] === "list" }, (data) => {
    const pages = data?.pages.map((page) => ({
      ...page,
      items: page.items.map((key) => (key.id === changed.id ? changed : key)),
    }));
    return data && pages && { ...data, pages };
  });
}
