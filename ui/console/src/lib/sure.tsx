// The password once more, before what the server does only for somebody who gave it lately.

import { TextField } from "@keystead/parts/field.tsx";
import { useHeld } from "@keystead/react";
import type { WireMe } from "@keystead/sdk";
import { type ReactNode, useState } from "react";
import { text } from "./act.tsx";
import { Ask } from "./ask.tsx";
import { lib } from "./words.ts";

interface Asked {
  code: boolean;
  settle: (sure: boolean) => void;
}

/** A question that settles to true when the password was given lately, or is given now; and the dialog, to be drawn. */
export function useSure(): [sure: () => Promise<boolean>, dialog: ReactNode] {
  const { app } = useHeld();
  const [asked, setAsked] = useState<Asked | null>(null);
  async function sure() {
    const { data: me } = await app.request<WireMe>("GET", "/v1/me");
    if (me.session?.confirmed) return true;
    return new Promise<boolean>((settle) => setAsked({ code: me.second_factor?.on ?? false, settle }));
  }
  function end(answer: boolean) {
    asked?.settle(answer);
    setAsked(null);
  }
  const dialog = asked && (
    <Ask
      title={lib.sure.title}
      verb={lib.sure.verb}
      kind="primary"
      fields={["/password", "/code"]}
      onClose={() => end(false)}
      act={async (values) => {
        const body = { password: String(values.get("password")), ...(asked.code && { code: text(values, "code") }) };
        await app.request("POST", "/v1/sessions/current/confirm", { body });
        end(true);
      }}
    >
      {(wrong) => (
        <>
          <p className="ks-soft">{lib.sure.why}</p>
          <TextField
            label={lib.sure.password}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            wrong={wrong("/password")}
          />
          {asked.code && (
            <TextField
              label={lib.sure.code}
              name="code"
              autoComplete="one-time-code"
              inputMode="numeric"
              required
              wrong={wrong("/code")}
            />
          )}
        </>
      )}
    </Ask>
  );
  return [sure, dialog];
}
