// Says when what is shown may be old, and asks again until the server answers.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { useHeld } from "@keystead/react";
import { useEffect } from "react";
import { useReach } from "../lib/reach.ts";
import { words } from "./words.ts";

const ANEW_MS = 5_000;

export function ReachBanner() {
  const { app, cache } = useHeld();
  const reach = useReach();
  const lost = reach === "unreachable";
  useEffect(() => {
    if (!lost) return;
    // Everything that is on the page is asked for as soon as one question is answered.
    const timer = setInterval(
      () => app.request("GET", "/.well-known/keystead").then(() => cache.refetchQueries({ type: "active" }), quiet),
      ANEW_MS,
    );
    return () => clearInterval(timer);
  }, [lost, app, cache]);
  return (
    <div aria-live="polite">
      {reach !== "reached" && (
        <div className="ks-reach">
          <Icon name="offline" />
          <span className="ks-grow">{lost ? words.unreachable.server : words.unreachable.offline}</span>
          {lost && (
            <Button kind="quiet" onClick={() => void cache.refetchQueries({ type: "active" })}>
              {words.unreachable.again}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** That it failed once more stands on the page already. */
function quiet() {}
