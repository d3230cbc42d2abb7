// The link of an invitation: whoever has it chooses a password, and is in.

import { useState } from "react";
import { app } from "../lib/app.ts";
import { Form } from "../lib/form.tsx";
import { enter, HOME } from "../lib/way.ts";
import { Broken } from "./broken.tsx";
import { CodeField, useCode } from "./code.tsx";
import { Entrance } from "./entrance.tsx";
import { takeToken } from "./link.ts";
import { NewPassword } from "./password.tsx";
import { words } from "./words.ts";

export default function Invitation() {
  const [token] = useState(takeToken);
  const [asked, sends] = useCode();
  if (token === "") return <Broken title={words.invitation.title} why={words.invitation.broken} />;
  return (
    <Entrance title={words.invitation.title} text={words.invitation.text}>
      <Form
        verb={words.invitation.verb}
        act={async (values) => {
          const body = { token, ...values };
          if (await sends(() => app.request("POST", "/v1/invitations/accept", { body }))) enter(HOME);
        }}
      >
        {(wrong) => (
          <>
            <NewPassword wrong={wrong("/password")} first />
            {asked && <CodeField wrong={wrong("/code")} />}
          </>
        )}
      </Form>
    </Entrance>
  );
}
