// Who one is here. The address is what one signs in with: it is changed by somebody who gave the password lately.

import { TextField } from "@keystead/parts/field.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import type { WireMe } from "@keystead/sdk";
import { app } from "../lib/app.ts";
import { Form } from "../lib/form.tsx";
import { useSure } from "../lib/sure.tsx";
import { useRenewed } from "./renewed.ts";
import { words } from "./words.ts";

const { profile } = words;

export function Profile({ me }: { me: WireMe }) {
  const say = useToast();
  const renewed = useRenewed();
  const [sure, dialog] = useSure();
  const { user } = me;
  if (!user) return null;
  async function save({ name = "", email = "" }: Record<string, string>) {
    const moved = email !== (user?.email ?? "");
    if (moved && !(await sure())) return;
    await app.request("PATCH", "/v1/me", { body: { name, ...(moved && { email }) } });
    await renewed();
    say(profile.saved);
  }
  return (
    <>
      <section className="ks-stack">
        <h2 className="ks-part-title">{profile.title}</h2>
        <Form verb={profile.verb} act={save}>
          {(wrong) => (
            <>
              <TextField
                label={profile.name}
                name="name"
                autoComplete="name"
                maxLength={200}
                required
                defaultValue={user.name}
                wrong={wrong("/name")}
              />
              <TextField
                label={profile.email}
                hint={profile.emailHint}
                name="email"
                type="email"
                autoComplete="email"
                maxLength={254}
                required={user.email !== null}
                defaultValue={user.email ?? ""}
                wrong={wrong("/email")}
              />
            </>
          )}
        </Form>
      </section>
      <dl className="ks-facts">
        <dt>{profile.facts.role}</dt>
        <dd>{profile.role[user.role]}</dd>
        <dt>{profile.facts.since}</dt>
        <dd>
          <Time at={new Date(user.created_at)} />
        </dd>
        <dt>{profile.facts.id}</dt>
        <dd className="ks-mono">{user.id}</dd>
      </dl>
      {dialog}
    </>
  );
}
