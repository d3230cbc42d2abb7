// What the server has, as pages read it: one thing with its version, or a list that goes on as long as somebody scrolls.

import { useHeld } from "@keystead/react";
import type { Query } from "@keystead/sdk";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

/** The most that one answer has. */
const PAGE = 200;
const ANEW_MS = 30_000;

export interface Rows<T> {
  rows: readonly T[];
  waiting: boolean;
  error: unknown;
  /** Are there more than `rows`? */
  more: boolean;
  next: () => void;
  again: () => void;
}

/** A list by its path; the cache knows it by path and query. */
export function useRows<T>(path: string, query: Query = {}, enabled = true): Rows<T> {
  const { app, cache } = useHeld();
  const asked = useInfiniteQuery(
    {
      queryKey: [path, query],
      queryFn: ({ pageParam, signal }) =>
        app.request<T[]>("GET", path, { query: { limit: PAGE, ...query, cursor: pageParam }, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
      enabled,
      // A list that somebody has scrolled far into would be fetched whole.
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : ANEW_MS),
      refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 1) === 1,
    },
    cache,
  );
  const rows = useMemo(() => asked.data?.pages.flatMap((page) => page.data) ?? [], [asked.data]);
  return {
    rows,
    waiting: asked.isLoading,
    error: asked.error,
    more: asked.hasNextPage,
    next: () => {
      if (asked.hasNextPage && !asked.isFetchingNextPage && !asked.isFetchNextPageError) void asked.fetchNextPage();
    },
    again: () => void (asked.isFetchNextPageError ? asked.fetchNextPage() : asked.refetch()),
  };
}

/** One thing by its path. */
export function useOne<T>(path: string, query: Query = {}, enabled = true) {
  const { app, cache } = useHeld();
  const asked = useQuery(
    {
      queryKey: [path, query],
      queryFn: ({ signal }) => app.request<T>("GET", path, { query, signal }),
      enabled,
    },
    cache,
  );
  return { ...asked, one: asked.data?.data ?? null, etag: asked.data?.etag ?? null };
}
