// What hooks and panel stand on: the app, and a cache of its own, so that a host page's TanStack Query is never touched. It draws nothing
// itself, and on a server it asks nobody.

import { type AppOptions, KeysteadClientApp, type TokenSource } from "@keystead/sdk";
import { QueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, Suspense, useContext, useEffect, useMemo, useRef } from "react";
import { reach } from "./access/reach.ts";

export interface Held {
  app: KeysteadClientApp;
  cache: QueryClient;
  /** In somebody's page, by its tokens: what a reader typed there outlives a token. */
  embedded: boolean;
}

const Context = createContext<Held | null>(null);

/** News between tabs of one browser: the id of an owner whose keys have changed, and nothing else. */
const NEWS = "keystead";

/** An app of your own, or what one is made of. */
export type KeysteadProviderProps = {
  children: ReactNode;
  /** What stands where something waits for its first data; nothing by default. */
  fallback?: ReactNode;
} & (
  | { app: KeysteadClientApp }
  | (AppOptions & {
      /** A portal token, or a function that fetches one from your backend; it is called again when the old one has ended. */
      token: string | TokenSource;
      /** Where `useUser({ or: "redirect" })` sends somebody who is not signed in. */
      signInUrl?: string;
    })
);

/**
 * Lets everything in it use the hooks and the panel. For another person, give it another `key`.
 *
 * @example
 * <KeysteadProvider baseUrl="https://keys.example.com" token={() => fetch("/portal-token", { method: "POST" }).then((r) => r.text())}>
 *   <AccountSettings fullPage />
 * </KeysteadProvider>
 */
export function KeysteadProvider(props: KeysteadProviderProps) {
  const given = "app" in props ? props.app : null;
  const baseUrl = "app" in props ? null : props.baseUrl;
  const token = "app" in props ? null : props.token;
  const latest = useRef(token);
  // biome-ignore lint/correctness/useExhaustiveDependencies: options that are written inline are others on each render
  const held = useMemo<Held>(() => {
    const queries = { staleTime: 5_000, refetchInterval: 30_000, refetchOnWindowFocus: true, retry: false } as const;
    const cache = new QueryClient({ defaultOptions: { queries, mutations: { retry: false } } });
    return "app" in props
      ? { app: props.app, cache, embedded: false }
      : { app: made(props, latest), cache, embedded: true };
  }, [given, baseUrl]);
  useEffect(() => {
    const before = latest.current;
    latest.current = token;
    if (typeof token === "string" && token !== before) void held.cache.invalidateQueries();
  }, [token, held]);
  useEffect(() => follow(held), [held]);
  return (
    <Context.Provider value={held}>
      <Suspense fallback={props.fallback ?? null}>{props.children}</Suspense>
    </Context.Provider>
  );
}

export function useHeld(): Held {
  const held = useContext(Context);
  if (!held) throw new Error("Keystead's hooks and panel need a <KeysteadProvider> around them");
  return held;
}

/** An app that always asks the token function of the last render. */
function made(
  { children: _, fallback: __, ...options }: Exclude<KeysteadProviderProps, { app: unknown }>,
  latest: { readonly current: string | TokenSource | null },
): KeysteadClientApp {
  const token: TokenSource = (why) => {
    const now = latest.current ?? options.token;
    return typeof now === "string" ? now : now(why);
  };
  return new KeysteadClientApp({ ...options, token, fetch: reach(options.baseUrl, options.fetch) });
}

/** A change here is one in every list here, and in those of other tabs. */
function follow({ app, cache }: Held): () => void {
  const changed = (owner: string) => {
    // Also in the list of all owners' keys, where there is one.
    for (const id of [owner, "all"]) void cache.invalidateQueries({ queryKey: ["keys", id] });
  };
  const news = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NEWS);
  news?.addEventListener("message", ({ data }) => typeof data === "string" && changed(data));
  const stop = app.onChange((owner) => {
    changed(owner);
    news?.postMessage(owner);
  });
  cache.mount();
  return () => {
    stop();
    news?.close();
    cache.unmount();
  };
}
