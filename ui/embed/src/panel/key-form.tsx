// The dialogs that make a key and change one. Nothing that was typed is lost when the server refuses.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Failed } from "@keystead/parts/states.tsx";
import type { ApiKey } from "@keystead/sdk";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { blank, change, creation, type Draft, draftOf } from "./draft.ts";
import { Fields } from "./fields.tsx";
import { type Missing, missing } from "./missing.ts";
import type { Subject, Terms } from "./subject.ts";
import { useAct, wrongAt } from "./use-act.ts";
import { useNow } from "./use-now.ts";
import { form, words } from "./words.ts";

const AT_A_FIELD = ["/description", "/name", "/environment", "/is_public", "/expires_at", "/scopes", "/restrictions"];
const AT_A_TERM = ["/rate_limits", "/credits/remaining", "/credits/refill/amount", "/credits/refill/day"];

interface CreateProps {
  create: NonNullable<Subject["create"]>;
  terms: Terms;
  onCreated: (key: ApiKey<"user" | "team", true>) => void;
  onClose: () => void;
}

export function CreateKey({ create, terms, onCreated, onClose }: CreateProps) {
  const send = async (draft: Draft) => onCreated(await create(creation(draft, terms, new Date())));
  return <KeyForm title={form.createTitle} submit={form.create} start={blank(terms)} {...{ terms, send, onClose }} />;
}

interface EditProps {
  of: ApiKey;
  terms: Terms;
  onSaved: (key: ApiKey) => void;
  onClose: () => void;
}

export function EditKey({ of: key, terms, onSaved, onClose }: EditProps) {
  const send = async (draft: Draft) => onSaved(await key.update(change(draft, key, new Date())));
  const start = draftOf(key);
  return <KeyForm title={form.editTitle} submit={form.save} editing={key} {...{ start, terms, send, onClose }} />;
}

interface FormProps {
  title: string;
  submit: string;
  start: Draft;
  terms: Terms;
  editing?: ApiKey;
  send: (draft: Draft) => Promise<void>;
  onClose: () => void;
}

function KeyForm({ title, submit, start, terms, editing, send, onClose }: FormProps) {
  const [draft, setDraft] = useState(start);
  const [lacking, setLacking] = useState<Missing>({});
  const { busy, error, run } = useAct();
  const now = useNow();
  const fields = useRef<HTMLFormElement>(null);
  const elsewhere = error !== null && !wrongAt(error, ...AT_A_FIELD, ...(terms.maySetTerms ? AT_A_TERM : []));
  useEffect(() => {
    if (error !== null || Object.keys(lacking).length > 0)
      fields.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error, lacking]);
  function submitted(event: FormEvent) {
    event.preventDefault();
    const lacks = missing(draft, now);
    setLacking(lacks);
    if (Object.keys(lacks).length === 0) void run(() => send(draft));
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form ref={fields} className="ks-stack" onSubmit={submitted} noValidate>
        <Fields
          draft={draft}
          onChange={(changed) => setDraft((before) => ({ ...before, ...changed }))}
          missing={lacking}
          {...{ terms, now, error, ...(editing && { editing }) }}
        />
        {elsewhere && <Failed error={error} />}
        <div className="ks-dialog-foot">
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
