// Making, changing and removing a role.

import { TextArea, TextField } from "@keystead/parts/field.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import { several, text as textOf } from "../lib/act.tsx";
import { Ask } from "../lib/ask.tsx";
import { words } from "./words.ts";

const text = words.roles;
export const ROLES = "/v1/roles";
const FIELDS = ["/name", "/description", "/scopes"];

export interface Role {
  name: string;
  description: string;
  scopes: string[];
}

interface DialogProps {
  role: Role;
  onClose: () => void;
}

type WrongAt = (field: string) => string | null;

/** Shows the list anew, and says what was done. */
function useDone(onClose: () => void) {
  const { cache } = useHeld();
  const say = useToast();
  return async (done: string) => {
    await cache.invalidateQueries({ queryKey: [ROLES] });
    onClose();
    say(done);
  };
}

export function CreateRole({ onClose }: { onClose: () => void }) {
  const { app } = useHeld();
  const done = useDone(onClose);
  async function create(values: FormData) {
    const name = textOf(values, "name");
    await app.request("POST", ROLES, { body: { name, ...given(values) } });
    await done(text.created(name));
  }
  return (
    <Ask title={text.create} verb={text.create} kind="primary" fields={FIELDS} onClose={onClose} act={create}>
      {(wrong) => (
        <>
          <TextField
            label={text.name}
            hint={text.nameHint}
            name="name"
            maxLength={64}
            autoCapitalize="none"
            spellCheck={false}
            required
            wrong={wrong("/name")}
          />
          <Fields wrong={wrong} />
        </>
      )}
    </Ask>
  );
}

export function EditRole({ role, onClose }: DialogProps) {
  const { app } = useHeld();
  const done = useDone(onClose);
  async function change(values: FormData) {
    await app.request("PATCH", pathOf(role), { body: given(values) });
    await done(text.changed(role.name));
  }
  return (
    <Ask
      title={text.changeTitle(role.name)}
      verb={text.save}
      kind="primary"
      fields={FIELDS}
      onClose={onClose}
      act={change}
    >
      {(wrong) => <Fields role={role} wrong={wrong} />}
    </Ask>
  );
}

export function RemoveRole({ role, onClose }: DialogProps) {
  const { app } = useHeld();
  const done = useDone(onClose);
  async function remove() {
    await app.request("DELETE", pathOf(role));
    await done(text.removed(role.name));
  }
  return (
    <Ask title={text.removeTitle(role.name)} verb={text.remove} onClose={onClose} act={remove}>
      <p>{text.removeWhat}</p>
    </Ask>
  );
}

function Fields({ role, wrong }: { role?: Role; wrong: WrongAt }) {
  return (
    <>
      <TextField
        label={text.description}
        name="description"
        maxLength={200}
        defaultValue={role?.description}
        wrong={wrong("/description")}
      />
      <TextArea
        label={text.scopes}
        hint={text.scopesHint}
        name="scopes"
        defaultValue={role?.scopes.join("\n")}
        wrong={wrong("/scopes")}
      />
    </>
  );
}

function given(values: FormData) {
  return { description: textOf(values, "description"), scopes: several(values, "scopes") };
}

function pathOf({ name }: Role): string {
  return `${ROLES}/${encodeURIComponent(name)}`;
}
