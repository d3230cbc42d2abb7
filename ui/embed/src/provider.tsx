// What hooks and panel stand on: the app, and a cache of its own, so that a host page's TanStack Query is never touched.

import { type AppOptions, KeysteadClientApp, type TokenSource } from "@keystead/sdk";
import { QueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, Suspense, useContext, useEffect, useMemo } from "react";

export interface Held {
  app: KeysteadClientApp;
  cache: QueryClient;
}

const Context = createContext<Held | null>(null);

/** News between tabs of one browser: the id of an owner whose keys have changed, and nothing else. */
const NEWS = "keystead";

type ProviderProps = { children: ReactNode; fallback?: ReactNode } & (
  | { app: KeysteadClientApp }
  | (AppOptions & { token: string | TokenSource; signInUrl?: string })
);

/**
 * Lets everything in it use the hooks and the panel.
 *
 * @example
 * <KeysteadProvider baseUrl="https://keys.example.com" token={() => fetch("/portal-token", { method: "POST" }).then((r) => r.text())}>
 *   <AccountSettings fullPage />
 * </KeysteadProvider>
 */
export function KeysteadProvider(props: ProviderProps) {
  const given = "app" in props ? props.app : null;
  const baseUrl = "app" in props ? null : props.baseUrl;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a token function that is written inline is another one on each render
  const held = useMemo<Held>(() => {
    const { children: _, fallback: __, ...options } = props;
    const app = "app" in options ? options.app : new KeysteadClientApp(options);
    const queries = { staleTime: 5_000, refetchInterval: 30_000, refetchOnWindowFocus: true, retry: false } as const;
    return { app, cache: new QueryClient({ defaultOptions: { queries, mutations: { retry: false } } }) };
  }, [given, baseUrl]);
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

/** A change here is one in every list here, and in those of other tabs. */
function follow({ app, cache }: Held): () => void {
  const changed = (owner: string) => cache.invalidateQueries({ queryKey: ["keys", owner] });
  const news = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NEWS);
  news?.addEventListener("message", ({ data }) => typeof data === "string" && changed(data));
  const stop = app.onChange((owner) => {
    void changed(owner);
    news?.postMessage(owner);
  });
  cache.mount();
  return () => {
    stop();
    news?.close();
    cache.unmount();
  };
}
