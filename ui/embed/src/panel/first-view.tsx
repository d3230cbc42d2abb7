// The one time that a key is shown. It stands in one box, which is emptied on the way out, and nothing leads away from here before it is stored.

import { Button } from "@keystead/parts/button.tsx";
import { Copyable } from "@keystead/parts/copy.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Choice } from "@keystead/parts/field.tsx";
import { exact } from "@keystead/parts/time.tsx";
import { useRef, useState } from "react";
import { useStay } from "./use-stay.ts";
import { firstView as words } from "./words.ts";

/** A key on its way from the server's answer to whoever asked for it. */
export interface Fresh {
  /** Empty once it has been seen. */
  secret: string;
  description: string;
  /** After a rotation: until when the former secret works, or null where it has ended. */
  former?: Date | null;
}

export function FirstView({ fresh, onDone }: { fresh: Fresh; onDone: () => void }) {
  const [stored, setStored] = useState(false);
  const [asked, setAsked] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const stay = () => {
    setAsked((times) => times + 1);
    box.current?.querySelector("input")?.focus();
  };
  useStay(stored, stay);
  const { secret, former } = fresh;
  function done() {
    if (!stored) return stay();
    fresh.secret = "";
    onDone();
  }
  return (
    <Dialog title={former === undefined ? words.title : words.rotated} onStay={stored ? done : stay}>
      <p className="ks-description" dir="auto">
        {fresh.description}
      </p>
      <Copyable text={secret} label={words.key} wrap />
      <p className="ks-once">{words.once}</p>
      {former !== undefined && (
        <p className="ks-soft">{former ? words.formerUntil(exact(former)) : words.formerEnded}</p>
      )}
      <div className="ks-field">
        <h3 className="ks-label">{words.env}</h3>
        <Copyable text={`API_KEY=${secret}`} label={words.env} />
      </div>
      <div className="ks-field">
        <h3 className="ks-label">{words.curl}</h3>
        <Copyable text={`curl -H "Authorization: Bearer ${secret}" https://api.example.com`} label={words.curl} />
      </div>
      <div
        ref={box}
        className="ks-field ks-stay"
        data-asked={asked % 2 === 0 ? "even" : "odd"}
        data-shaken={asked > 0 || undefined}
      >
        <Choice label={words.stored} checked={stored} onChange={(event) => setStored(event.currentTarget.checked)} />
        <div role="alert">{asked > 0 && !stored && <p className="ks-wrong">{words.stay}</p>}</div>
      </div>
      <div className="ks-dialog-foot">
        <Button kind="primary" aria-disabled={!stored} onClick={done}>
          {words.done}
        </Button>
      </div>
    </Dialog>
  );
}
