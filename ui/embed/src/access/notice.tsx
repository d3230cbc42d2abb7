// What a reader is told while a token is being renewed, and when there is none any more. The panel under it stays as it is.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { useSyncExternalStore } from "react";
import { accessWords } from "../words.ts";
import type { Access } from "./access.ts";

export function Notice({ access, ended, retry }: { access: Access; ended: string; retry: boolean }) {
  const phase = useSyncExternalStore(access.subscribe, () => access.phase);
  return (
    <div role="status" aria-live="polite" className="ks-access" part="access">
      {phase === "asking" && !access.quiet && <p className="ks-note">{accessWords.asking}</p>}
      {phase === "ended" && !access.quiet && (
        <div className="ks-note" data-tone="warn">
          <Icon name="alert" />
          <p className="ks-grow">{ended}</p>
          {retry && <Button onClick={() => access.retry()}>{accessWords.retry}</Button>}
        </div>
      )}
    </div>
  );
}
