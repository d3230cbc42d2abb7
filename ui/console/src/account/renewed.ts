// Reads anew what pages show of the person, after they changed it.

import { useHeld } from "@keystead/react";

export function useRenewed(): () => Promise<unknown> {
  const { cache } = useHeld();
  const stale = [["me"], ["/v1/me"], ["/v1/sessions"]];
  return () => Promise.all(stale.map((queryKey) => cache.invalidateQueries({ queryKey })));
}
