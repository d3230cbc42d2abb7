// Below the table: how many keys there are, and what the keyboard does.

import { Button } from "@keystead/parts/button.tsx";
import { words } from "./words.ts";

interface FootProps {
  count: string;
  canSearch: boolean;
  canCreate: boolean;
  on: boolean;
  onTurn: (on: boolean) => void;
}

export function Foot({ count, canSearch, canCreate, on, onTurn }: FootProps) {
  const { search, create, off, on: back } = words.shortcuts;
  return (
    <div className="ks-foot ks-hint">
      <span role="status">{count}</span>
      <span className="ks-keyboard">
        {on && (
          <>
            {canSearch && (
              <>
                <kbd>/</kbd> {search}{" "}
              </>
            )}
            {canCreate && (
              <>
                <kbd>c</kbd> {create}{" "}
              </>
            )}
          </>
        )}
        <Button kind="quiet" onClick={() => onTurn(!on)}>
          {on ? off : back}
        </Button>
      </span>
    </div>
  );
}
