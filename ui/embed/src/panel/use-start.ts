// Opens what a panel is asked to begin with: a key by its id, as a link names it, or the form for a new one.

import { words } from "@keystead/parts/states.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import type { ApiKey } from "@keystead/sdk";
import { useEffect, useRef } from "react";
import { useHeld } from "../provider.tsx";

export type Start = { keyId: string } | "create";

interface Opens {
  key: (key: ApiKey) => void;
  /** Null where nobody may. */
  create: (() => void) | null;
}

export function useStart(start: Start | undefined, opens: Opens): void {
  const { app } = useHeld();
  const say = useToast();
  const latest = useRef(opens);
  latest.current = opens;
  const keyId = typeof start === "object" ? start.keyId : null;
  const creating = start === "create";
  useEffect(() => {
    if (creating) latest.current.create?.();
  }, [creating]);
  useEffect(() => {
    if (keyId === null) return;
    const stop = new AbortController();
    app.getApiKey(keyId, { signal: stop.signal }).then(
      (key) => stop.signal.aborted || latest.current.key(key),
      (error: unknown) => stop.signal.aborted || say(words(error)),
    );
    return () => stop.abort();
  }, [app, keyId, say]);
}
