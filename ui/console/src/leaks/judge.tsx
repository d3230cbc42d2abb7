// What people make of a leak: true, or nothing to worry about; and why.

import { Button } from "@keystead/parts/button.tsx";
import { TextArea } from "@keystead/parts/field.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import { useState } from "react";
import { useAct, Wrong } from "../lib/act.tsx";
import type { Leak, State } from "./leak.ts";
import { words } from "./words.ts";

const said: Record<State, string> = {
  open: words.judge.opened,
  confirmed: words.judge.confirmed,
  dismissed: words.judge.dismissed,
};

export function Judge({ leak, etag }: { leak: Leak; etag: string | null }) {
  const { app, cache } = useHeld();
  const say = useToast();
  const [note, setNote] = useState(leak.note ?? "");
  const judging = useAct(async (state: State | null) => {
    const body = { ...(state && { state }), ...(note !== (leak.note ?? "") && { note }) };
    await app.request("PATCH", `/v1/leaks/${leak.id}`, { body, headers: etag ? { "If-Match": etag } : {} });
    say(state ? said[state] : words.judge.saved);
    await Promise.all([
      cache.invalidateQueries({ queryKey: [`/v1/leaks/${leak.id}`] }),
      cache.invalidateQueries({ queryKey: ["/v1/leaks"] }),
    ]);
  });
  const { judge } = words;
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{judge.title}</h2>
      <p className="ks-hint">{judge.why}</p>
      <TextArea
        label={judge.note}
        hint={judge.noteHint}
        value={note}
        maxLength={1000}
        onChange={(event) => setNote(event.target.value)}
        wrong={judging.wrong("/note")}
      />
      <Wrong error={judging.error} fields={["/note"]} />
      <div className="ks-row">
        {leak.state === "open" ? (
          <>
            <Button kind="primary" busy={judging.busy} onClick={() => judging.run("confirmed")}>
              {judge.confirm}
            </Button>
            <Button busy={judging.busy} onClick={() => judging.run("dismissed")}>
              {judge.dismiss}
            </Button>
          </>
        ) : (
          <>
            <Button busy={judging.busy} onClick={() => judging.run("open")}>
              {judge.reopen}
            </Button>
            {note !== (leak.note ?? "") && (
              <Button kind="primary" busy={judging.busy} onClick={() => judging.run(null)}>
                {judge.save}
              </Button>
            )}
          </>
        )}
      </div>
    </section>
  );
}
