// The secret on its way into an authenticator app, and the first code as proof that it arrived.

import { Button } from "@keystead/parts/button.tsx";
import { TextField } from "@keystead/parts/field.tsx";
import { useAct, Wrong } from "../lib/act.tsx";
import { Form } from "../lib/form.tsx";
import { Qr } from "./qr.tsx";
import { words } from "./words.ts";

const { factor } = words;

export interface Enrolment {
  secret: string;
  otpauth_url: string;
}

interface EnrolProps {
  enrolment: Enrolment;
  onCode: (code: string) => Promise<unknown>;
  onCancel: () => Promise<unknown>;
}

export function Enrol({ enrolment, onCode, onCancel }: EnrolProps) {
  const cancelling = useAct(onCancel);
  return (
    <>
      <p>{factor.scan}</p>
      <Qr text={enrolment.otpauth_url} />
      <p>
        {factor.secret}: <code className="ks-mono ks-secret">{enrolment.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
      <p>
        <a href={enrolment.otpauth_url}>{factor.open}</a>
      </p>
      <Form
        verb={factor.turnOn}
        act={({ code = "" }) => onCode(code)}
        more={
          <Button busy={cancelling.busy} onClick={() => cancelling.run()}>
            {factor.cancel}
          </Button>
        }
      >
        {(wrong) => (
          <TextField
            label={factor.code}
            name="code"
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={64}
            required
            autoFocus
            wrong={wrong("/code")}
          />
        )}
      </Form>
      <Wrong error={cancelling.error} />
    </>
  );
}
