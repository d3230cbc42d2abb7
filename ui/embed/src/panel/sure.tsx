// A question before something that others will feel: what it does, one button that does it, and what went wrong.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Failed } from "@keystead/parts/states.tsx";
import type { ReactNode } from "react";
import { useAct } from "./use-act.ts";
import { words } from "./words.ts";

interface SureProps {
  title: string;
  button: string;
  danger?: boolean;
  act: () => Promise<void>;
  onClose: () => void;
  /** Said instead of the question, where there is nothing left to do. */
  settled?: string | null;
  children: ReactNode;
}

export function Sure({ title, button, danger = false, act, onClose, settled = null, children }: SureProps) {
  const { busy, error, run } = useAct();
  return (
    <Dialog title={title} onClose={onClose}>
      {settled ? <p>{settled}</p> : children}
      {error !== null && !settled && <Failed error={error} />}
      <div className="ks-dialog-foot" aria-live="polite">
        {settled ? (
          <Button onClick={onClose}>{words.close}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{words.cancel}</Button>
            <Button kind={danger ? "danger" : "primary"} busy={busy} onClick={() => run(act)}>
              {button}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}
