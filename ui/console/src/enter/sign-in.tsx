// Signing in: with a password, with the provider where there is one, or with the provider alone.

import { TextField } from "@keystead/parts/field.tsx";
import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { useHeld } from "@keystead/react";
import { useQuery } from "@tanstack/react-query";
import { app } from "../lib/app.ts";
import { BASE } from "../lib/base.ts";
import { Form } from "../lib/form.tsx";
import { enter, HOME, wayBack } from "../lib/way.ts";
import { CodeField, useCode } from "./code.tsx";
import { EmailField } from "./email.tsx";
import { Entrance } from "./entrance.tsx";
import { words } from "./words.ts";

interface Ways {
  password: boolean;
  oidc: { name: string; start: string } | null;
}

export default function SignIn() {
  const { cache } = useHeld();
  const query = { queryKey: ["ways"], queryFn: async () => (await app.request<Ways>("GET", "/v1/oidc")).data };
  const { data: ways, error, refetch } = useQuery({ ...query, refetchInterval: false as const }, cache);
  const back = wayBack();
  const text = back === HOME ? undefined : words.signIn.back;
  if (!ways)
    return (
      <Entrance title={words.signIn.title} text={text}>
        {error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting lines={4} />}
      </Entrance>
    );
  return (
    <Entrance title={words.signIn.title} text={text}>
      {ways.oidc && (
        <a className="ks-button" href={`${BASE}${ways.oidc.start}?${new URLSearchParams({ return_to: back })}`}>
          {words.signIn.with(ways.oidc.name)}
        </a>
      )}
      {ways.oidc && ways.password && <p className="ks-or">{words.signIn.or}</p>}
      {ways.password ? (
        <PasswordForm back={back} />
      ) : (
        <details className="ks-more">
          <summary>{words.signIn.password}</summary>
          <p className="ks-hint">{words.signIn.passwordWhy}</p>
          <PasswordForm back={back} />
        </details>
      )}
      <p className="ks-hint">{words.signIn.forgotten}</p>
      <details className="ks-more ks-hint">
        <summary>{words.signIn.first}</summary>
        <p>{words.signIn.firstHow}</p>
      </details>
    </Entrance>
  );
}

function PasswordForm({ back }: { back: string }) {
  const [asked, sends] = useCode();
  return (
    <Form
      verb={words.signIn.verb}
      act={async (body) => {
        if (await sends(() => app.request("POST", "/v1/sessions", { body }))) enter(back);
      }}
    >
      {(wrong) => (
        <>
          <EmailField wrong={wrong("/email")} />
          <TextField
            label={words.field.password}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            wrong={wrong("/password")}
          />
          {asked && <CodeField wrong={wrong("/code")} />}
        </>
      )}
    </Form>
  );
}
