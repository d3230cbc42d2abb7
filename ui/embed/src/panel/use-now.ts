// The time, as a page that stays open needs it; and whether it has a network.

import { useEffect, useState, useSyncExternalStore } from "react";

const TICK_MS = 15_000;

export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useOnline(): boolean {
  return useSyncExternalStore(
    (told) => {
      addEventListener("online", told);
      addEventListener("offline", told);
      return () => {
        removeEventListener("online", told);
        removeEventListener("offline", told);
      };
    },
    () => navigator.onLine,
    () => true,
  );
}
