// What can be done by keys, and the switch for those of single letters.

import { Dialog } from "@keystead/parts/dialog.tsx";
import { Choice } from "@keystead/parts/field.tsx";
import { Fragment, type ReactNode } from "react";
import type { NavPage } from "./nav.ts";
import { keepSingleKeys, useSingleKeys } from "./shortcuts.ts";
import { words } from "./words.ts";

const { shortcuts } = words;
/** As keyboards say it. */
export const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

export function ShortcutsDialog({ pages, onClose }: { pages: readonly NavPage[]; onClose: () => void }) {
  const on = useSingleKeys();
  const { list } = shortcuts;
  return (
    <Dialog title={shortcuts.title} onClose={onClose}>
      <dl className="ks-keys">
        <Does keys={[MOD, "K"]} text={list.palette} />
        <Does keys={["Esc"]} text={list.close} />
        {on && (
          <>
            <Does keys={["?"]} text={list.help} />
            <Does keys={["/"]} text={list.search} />
            <Does keys={["c"]} text={list.create} />
            {pages.map(({ path, text, letter }) => (
              <Does key={path} keys={["g", letter]} text={list.go(text)} then />
            ))}
          </>
        )}
      </dl>
      <Choice
        label={shortcuts.single}
        hint={shortcuts.singleHint}
        checked={on}
        onChange={(event) => keepSingleKeys(event.currentTarget.checked)}
      />
    </Dialog>
  );
}

function Does({ keys, text, then = false }: { keys: readonly string[]; text: ReactNode; then?: boolean }) {
  return (
    <>
      <dt>{text}</dt>
      <dd>
        {keys.map((key, at) => (
          <Fragment key={key}>
            {at > 0 && <span className="ks-hint"> {then ? shortcuts.andThen : "+"} </span>}
            <kbd>{key}</kbd>
          </Fragment>
        ))}
      </dd>
    </>
  );
}
