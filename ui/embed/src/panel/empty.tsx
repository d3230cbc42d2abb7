// Where there are no keys to show: none yet, none to be made, none to be seen.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Blank } from "@keystead/parts/states.tsx";
import type { Subject } from "./subject.ts";
import { words } from "./words.ts";

export function Empty({ subject, onCreate }: { subject: Subject; onCreate: (() => void) | null }) {
  if (!onCreate) {
    return (
      <Blank icon="key" title={subject.kind === "team" ? words.off.team : words.off.user}>
        <p className="ks-soft">{words.offWhy}</p>
      </Blank>
    );
  }
  return (
    <Blank icon="key" title={words.none}>
      <p className="ks-soft">{words.noneWhy}</p>
      <Button kind="primary" onClick={onCreate}>
        <Icon name="plus" /> {words.create}
      </Button>
    </Blank>
  );
}

export function Forbidden({ all }: { all: boolean }) {
  return (
    <Blank icon="people" title={all ? words.adminsOnly : words.forbidden}>
      {!all && <p className="ks-soft">{words.forbiddenWhy}</p>}
    </Blank>
  );
}

export function SignedOut() {
  return (
    <Blank icon="person" title={words.signedOut}>
      <p className="ks-soft">{words.signedOutWhy}</p>
    </Blank>
  );
}

const ROWS = 6;

/** The table's own shape, before its rows are there. */
export function Skeleton() {
  return (
    <div className="ks-skeleton" role="status" aria-busy="true">
      <span className="ks-hidden">{words.loading}</span>
      {Array.from({ length: ROWS }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are nothing but their places
        <div key={at} className="ks-skeleton-row">
          <span className="ks-bone" />
          <span className="ks-bone" />
          <span className="ks-bone" />
        </div>
      ))}
    </div>
  );
}
