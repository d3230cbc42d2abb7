// Accounts of the provider that sign somebody in: linked and unlinked by somebody who gave the password lately.

import { Button } from "@keystead/parts/button.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import { useState } from "react";
import { useAct, Wrong } from "../lib/act.tsx";
import { app } from "../lib/app.ts";
import { Ask } from "../lib/ask.tsx";
import { useRows } from "../lib/rows.ts";
import { useSure } from "../lib/sure.tsx";
import { words } from "./words.ts";

const text = words.identities;
const PATH = "/v1/me/identities";

interface Identity {
  id: string;
  issuer: string;
  subject: string;
  linked_at: string;
}

export function Identities({ provider }: { provider: string }) {
  const { cache } = useHeld();
  const say = useToast();
  const [sure, dialog] = useSure();
  const [leaving, setLeaving] = useState<Identity | null>(null);
  const list = useRows<Identity>(PATH);
  const link = useAct(async () => {
    if (!(await sure())) return;
    const query = { return_to: "/account/identities" };
    const { data } = await app.request<{ url: string }>("POST", `${PATH}/start`, { query });
    location.assign(data.url);
  });
  async function unlink({ id }: Identity) {
    if (!(await sure())) return;
    await app.request("DELETE", `${PATH}/${id}`);
    await cache.invalidateQueries({ queryKey: [PATH] });
    setLeaving(null);
    say(text.unlinked);
  }
  const button = (
    <Button busy={link.busy} onClick={() => link.run()}>
      {text.link(provider)}
    </Button>
  );
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{text.title}</h2>
      <p className="ks-soft">{text.about(provider)}</p>
      {list.waiting && <Waiting />}
      {list.error ? <Failed error={list.error} onRetry={list.again} /> : null}
      {!list.waiting && !list.error && list.rows.length === 0 ? (
        <Blank icon="person" title={text.none}>
          <p className="ks-soft">{text.noneWhy(provider)}</p>
          {button}
        </Blank>
      ) : (
        <>
          <ul className="ks-entries" aria-label={text.title}>
            {list.rows.map((identity) => (
              <li key={identity.id}>
                <div className="ks-grow">
                  <p className="ks-label">{identity.subject}</p>
                  <p className="ks-hint">
                    {identity.issuer} · {text.linked} <Time at={new Date(identity.linked_at)} />
                  </p>
                </div>
                <Button aria-label={text.unlinkOf(identity.subject)} onClick={() => setLeaving(identity)}>
                  {text.unlink}
                </Button>
              </li>
            ))}
          </ul>
          <div className="ks-row">{button}</div>
        </>
      )}
      <Wrong error={link.error} />
      {leaving && (
        <Ask title={text.unlinkTitle} verb={text.unlink} onClose={() => setLeaving(null)} act={() => unlink(leaving)}>
          <p>{text.unlinkWhat}</p>
        </Ask>
      )}
      {dialog}
    </section>
  );
}
