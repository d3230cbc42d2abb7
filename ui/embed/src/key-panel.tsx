// The panel: an owner's keys, and everything that can be done with them.

import { Surface } from "@keystead/parts/surface.tsx";
import { Toasts } from "@keystead/parts/toasts.tsx";
import type { CurrentTeam, CurrentUser } from "@keystead/sdk";
import { Suspense, useMemo } from "react";
import { Boundary } from "./panel/boundary.tsx";
import dialogs from "./panel/dialogs.css";
import { Forbidden, SignedOut, Skeleton } from "./panel/empty.tsx";
import panel from "./panel/panel.css";
import { Panel } from "./panel/panel.tsx";
import { subject } from "./panel/subject.ts";
import type { Start } from "./panel/use-start.ts";
import { useHeld } from "./provider.tsx";
import { useUser } from "./use-user.ts";

export interface KeyPanelProps {
  /** Whose keys: a user or a team of `useUser()`, or, for administrators, `all` owners'. */
  owner: CurrentUser | CurrentTeam | "all";
  /** What is open at first: a key, by its id, or the form for a new one. */
  start?: Start | undefined;
  /** After that was closed again. */
  onStarted?: (() => void) | undefined;
}

const SHEETS = [panel, dialogs];

/**
 * An owner's API keys: list, create, rotate, revoke and all else, with the rights that the person has.
 *
 * @example
 * const user = useUser({ or: "redirect" });
 * return <KeyPanel owner={user} />;
 */
export function KeyPanel(props: KeyPanelProps) {
  const { cache } = useHeld();
  return (
    <Surface css={SHEETS}>
      <Toasts>
        <Boundary onRetry={() => cache.removeQueries({ queryKey: ["me"] })}>
          <Suspense fallback={<Skeleton />}>
            <Of {...props} />
          </Suspense>
        </Boundary>
      </Toasts>
    </Surface>
  );
}

function Of({ owner, start, onStarted }: KeyPanelProps) {
  const { app } = useHeld();
  const me = useUser();
  const about = useMemo(() => me && subject(owner, me, app), [owner, me, app]);
  if (!about) return <SignedOut />;
  const { list } = about;
  if (!list) return <Forbidden all={about.kind === "all"} />;
  // Another owner is another panel: nothing of the one before stays open.
  return <Panel key={about.id} subject={{ ...about, list }} start={start} onStarted={onStarted} />;
}
