// A new password, by somebody who knows the current one.

import { TextField } from "@keystead/parts/field.tsx";
import type { WireMe } from "@keystead/sdk";
import { useState } from "react";
import { app } from "../lib/app.ts";
import { Form } from "../lib/form.tsx";
import { useRenewed } from "./renewed.ts";
import { words } from "./words.ts";

const { password } = words;

export function Password({ me }: { me: WireMe }) {
  const renewed = useRenewed();
  const [done, setDone] = useState(false);
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{password.title}</h2>
      <p className="ks-soft">{password.about}</p>
      <Form
        verb={password.verb}
        act={async (body, form) => {
          setDone(false);
          await app.request("POST", "/v1/me/password", { body });
          form.reset();
          setDone(true);
          await renewed();
        }}
      >
        {(wrong) => (
          <>
            {/* For password managers: whose password it is. */}
            <input hidden readOnly autoComplete="username" value={me.user?.email ?? ""} />
            <TextField
              label={password.current}
              name="current_password"
              type="password"
              autoComplete="current-password"
              required
              wrong={wrong("/current_password")}
            />
            <TextField
              label={password.next}
              hint={password.hint}
              name="new_password"
              type="password"
              autoComplete="new-password"
              required
              wrong={wrong("/new_password")}
            />
          </>
        )}
      </Form>
      <div role="status">{done && <p className="ks-note">{password.saved}</p>}</div>
    </section>
  );
}
