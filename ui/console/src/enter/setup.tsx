// The link of the first start: whoever has it makes the first admin.

import { TextField } from "@keystead/parts/field.tsx";
import { useState } from "react";
import { app } from "../lib/app.ts";
import { Form } from "../lib/form.tsx";
import { enter, HOME } from "../lib/way.ts";
import { Broken } from "./broken.tsx";
import { EmailField } from "./email.tsx";
import { Entrance } from "./entrance.tsx";
import { takeToken } from "./link.ts";
import { NewPassword } from "./password.tsx";
import { words } from "./words.ts";

export default function Setup() {
  const [token] = useState(takeToken);
  if (token === "") return <Broken title={words.setup.title} why={words.setup.broken} />;
  return (
    <Entrance title={words.setup.title} text={words.setup.text}>
      <Form
        verb={words.setup.verb}
        act={async (values) => {
          await app.request("POST", "/v1/setup", { body: { token, ...values } });
          enter(HOME);
        }}
      >
        {(wrong) => (
          <>
            <EmailField wrong={wrong("/email")} />
            <TextField
              label={words.field.name}
              name="name"
              autoComplete="name"
              maxLength={200}
              required
              wrong={wrong("/name")}
            />
            <NewPassword wrong={wrong("/password")} />
          </>
        )}
      </Form>
    </Entrance>
  );
}
