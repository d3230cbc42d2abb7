// Gives a key a new secret; the former one may go on for a while, so that nothing breaks on the way.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Choice, Choices } from "@keystead/parts/field.tsx";
import { Failed } from "@keystead/parts/states.tsx";
import { exact } from "@keystead/parts/time.tsx";
import type { ApiKey } from "@keystead/sdk";
import { type FormEvent, useState } from "react";
import { blank } from "./draft.ts";
import { expiresAt } from "./expiry.ts";
import { ExpiryField } from "./expiry-field.tsx";
import { missing } from "./missing.ts";
import type { Terms } from "./subject.ts";
import { useAct, wrongAt } from "./use-act.ts";
import { useNow } from "./use-now.ts";
import { rotating, words } from "./words.ts";

const DAY_S = 86_400;

interface RotateProps {
  of: ApiKey;
  terms: Terms;
  onRotated: (key: ApiKey<"user" | "team", true>) => void;
  onClose: () => void;
}

export function RotateKey({ of: key, terms, onRotated, onClose }: RotateProps) {
  const [grace, setGrace] = useState(DAY_S);
  const [expiry, setExpiry] = useState(() => blank(terms).expiry);
  const [lacking, setLacking] = useState<string | null>(null);
  const { busy, error, run } = useAct();
  const now = useNow();
  const expired = key.expiresAt !== null && key.expiresAt <= now;
  const former = key.previousSecret && key.previousSecret.validUntil > now ? key.previousSecret : null;
  function submitted(event: FormEvent) {
    event.preventDefault();
    const lacks = expired
      ? (missing({ ...blank(terms), description: key.description, expiry }, now).expiry ?? null)
      : null;
    setLacking(lacks);
    if (lacks) return;
    const at = expired ? expiresAt(expiry, new Date()) : undefined;
    void run(async () => {
      const rotation = { graceSeconds: expired ? 0 : grace, ...(former && { endPrevious: true }) };
      onRotated(await key.rotate({ ...rotation, ...(at !== undefined && { expiresAt: at }) }));
    });
  }
  return (
    <Dialog title={rotating.title(key.description)} onClose={onClose}>
      <form className="ks-stack" onSubmit={submitted} noValidate>
        <p>{rotating.what}</p>
        {former && (
          <p className="ks-note" data-tone="warn">
            {rotating.former(`•••${former.lastFour ?? ""}`, exact(former.validUntil))}
          </p>
        )}
        {expired ? (
          <>
            <p className="ks-note" data-tone="warn">
              {rotating.expired}
            </p>
            <ExpiryField
              value={expiry}
              onChange={setExpiry}
              wrong={lacking ?? wrongAt(error, "/expires_at")}
              {...{ terms, now }}
            />
          </>
        ) : (
          <Choices label={rotating.grace}>
            {Object.entries(rotating.graces).map(([seconds, text]) => (
              <Choice
                key={seconds}
                type="radio"
                name="grace"
                label={text}
                checked={grace === Number(seconds)}
                onChange={() => setGrace(Number(seconds))}
              />
            ))}
          </Choices>
        )}
        {error !== null && !(expired && wrongAt(error, "/expires_at")) && <Failed error={error} />}
        <div className="ks-dialog-foot">
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {rotating.rotate}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
