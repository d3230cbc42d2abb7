// Asks once more before something that cannot be taken back: it says what will happen, and stays open until that has happened.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import type { ReactNode } from "react";
import { submit, useAct, Wrong } from "./act.tsx";
import { lib } from "./words.ts";

interface AskProps {
  title: string;
  /** On the button: what is done, in a verb. */
  verb: string;
  kind?: "danger" | "primary";
  act: (values: FormData) => Promise<unknown>;
  onClose: () => void;
  /** Fields that show their own errors. */
  fields?: readonly string[];
  children: ReactNode | ((wrong: (field: string) => string | null) => ReactNode);
}

export function Ask({ title, verb, kind = "danger", act, onClose, fields = [], children }: AskProps) {
  const doing = useAct(act);
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="ks-stack" onSubmit={submit((values) => !doing.busy && doing.run(values))}>
        {typeof children === "function" ? children(doing.wrong) : children}
        <Wrong error={doing.error} fields={fields} />
        <div className="ks-dialog-foot">
          <Button onClick={onClose}>{lib.cancel}</Button>
          <Button type="submit" kind={kind} busy={doing.busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
