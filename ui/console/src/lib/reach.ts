// Can the server be reached? Every request tells (lib/fetch.ts), and whoever shows it listens.

import { useSyncExternalStore } from "react";

export type Reach = "reached" | "unreachable" | "offline";

const listeners = new Set<() => void>();
let answered = true;

/** What became of a request. */
export function noteReach(now: boolean): void {
  if (now === answered) return;
  answered = now;
  tell();
}

export function useReach(): Reach {
  return useSyncExternalStore(listen, current);
}

function current(): Reach {
  if (!navigator.onLine) return "offline";
  return answered ? "reached" : "unreachable";
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

addEventListener("online", tell);
addEventListener("offline", tell);
