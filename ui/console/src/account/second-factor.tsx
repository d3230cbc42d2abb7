// The second factor: set up, switched off, and its recovery codes. What is secret of it is in this page's state while it is shown, and nowhere
// else.

import { Badge } from "@keystead/parts/badge.tsx";
import { Button } from "@keystead/parts/button.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import type { WireMe } from "@keystead/sdk";
import { useState } from "react";
import { useAct, Wrong } from "../lib/act.tsx";
import { app } from "../lib/app.ts";
import { Ask } from "../lib/ask.tsx";
import { useSure } from "../lib/sure.tsx";
import { Enrol, type Enrolment } from "./enrol.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { useRenewed } from "./renewed.ts";
import { words } from "./words.ts";

const { factor } = words;
/** So few codes left are told. */
const FEW = 3;

interface Codes {
  recovery_codes: string[];
}

export function SecondFactor({ me }: { me: WireMe }) {
  const say = useToast();
  const renewed = useRenewed();
  const [sure, dialog] = useSure();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [asked, setAsked] = useState<"renew" | "off" | null>(null);
  const { on = false, recovery_codes_left: left = 0 } = me.second_factor ?? {};
  const begin = useAct(async () => {
    if (await sure()) setEnrolment((await app.request<Enrolment>("POST", "/v1/me/second-factor")).data);
  });
  async function show(path: string, body?: object) {
    const { data } = await app.request<Codes>("POST", path, body ? { body } : {});
    setAsked(null);
    setEnrolment(null);
    setCodes(data.recovery_codes);
    await renewed();
  }
  async function turnOff() {
    await app.request("DELETE", "/v1/me/second-factor");
    setAsked(null);
    setEnrolment(null);
    await renewed();
  }
  return (
    <section className="ks-stack">
      <div className="ks-row">
        <h2 className="ks-part-title">{factor.title}</h2>
        <Badge tone={on ? "good" : "plain"}>{on ? factor.badge.on : factor.badge.off}</Badge>
      </div>
      {codes ? (
        <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />
      ) : enrolment ? (
        <Enrol
          enrolment={enrolment}
          onCode={(code) => show("/v1/me/second-factor/confirm", { code })}
          onCancel={turnOff}
        />
      ) : on ? (
        <>
          <p>{factor.on(left)}</p>
          {left <= FEW && (
            <p className="ks-note" data-tone="warn">
              {factor.few}
            </p>
          )}
          <div className="ks-row">
            <Button onClick={() => setAsked("renew")}>{factor.renew}</Button>
            <Button onClick={() => setAsked("off")}>{factor.turnOff}</Button>
          </div>
        </>
      ) : (
        <>
          <p className="ks-soft">{factor.off}</p>
          <div className="ks-row">
            <Button kind="primary" busy={begin.busy} onClick={() => begin.run()}>
              {factor.setUp}
            </Button>
          </div>
          <Wrong error={begin.error} />
        </>
      )}
      {asked && (
        <Ask
          title={asked === "off" ? factor.offTitle : factor.renewTitle}
          verb={asked === "off" ? factor.turnOff : factor.renew}
          kind={asked === "off" ? "danger" : "primary"}
          onClose={() => setAsked(null)}
          act={async () => {
            if (!(await sure())) return;
            if (asked === "renew") return show("/v1/me/recovery-codes");
            await turnOff();
            say(factor.isOff);
          }}
        >
          <p>{asked === "off" ? factor.offWhat : factor.renewWhat}</p>
        </Ask>
      )}
      {dialog}
    </section>
  );
}
