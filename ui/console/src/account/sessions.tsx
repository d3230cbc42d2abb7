// Where somebody is signed in, and ending that.

import { Badge } from "@keystead/parts/badge.tsx";
import { Button } from "@keystead/parts/button.tsx";
import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useAct, Wrong } from "../lib/act.tsx";
import { app } from "../lib/app.ts";
import { useRows } from "../lib/rows.ts";
import { programOf } from "./program.ts";
import { useRenewed } from "./renewed.ts";
import { words } from "./words.ts";

const text = words.sessions;

interface Session {
  id: string;
  created_at: string;
  last_used: string;
  address: string | null;
  user_agent: string | null;
  current: boolean;
}

export function Sessions() {
  const say = useToast();
  const renewed = useRenewed();
  const list = useRows<Session>("/v1/sessions");
  const ending = useAct(async (id: string | null) => {
    await app.request("DELETE", id === null ? "/v1/sessions" : `/v1/sessions/${id}`);
    await renewed();
    say(id === null ? text.othersDone : text.ended);
  });
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{text.title}</h2>
      <p className="ks-soft">{text.about}</p>
      {list.waiting && <Waiting />}
      {list.error ? <Failed error={list.error} onRetry={list.again} /> : null}
      <ul className="ks-entries" aria-label={text.title}>
        {list.rows.map((session) => (
          <Row key={session.id} session={session} onEnd={() => ending.run(session.id)} busy={ending.busy} />
        ))}
      </ul>
      <Wrong error={ending.error} />
      {list.rows.length > 1 && (
        <div className="ks-row">
          <Button busy={ending.busy} onClick={() => ending.run(null)}>
            {text.others}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ session, onEnd, busy }: { session: Session; onEnd: () => void; busy: boolean }) {
  const name = programOf(session.user_agent ?? "");
  return (
    <li>
      <div className="ks-grow">
        <p className="ks-label" title={session.user_agent ?? undefined}>
          {name}
        </p>
        <p className="ks-hint">
          {session.address && `${session.address} · `}
          {text.used} <Time at={new Date(session.last_used)} relative /> · {text.began}{" "}
          <Time at={new Date(session.created_at)} />
        </p>
      </div>
      {session.current ? (
        <Badge tone="good">{text.current}</Badge>
      ) : (
        <Button aria-label={text.endOf(name)} busy={busy} onClick={onEnd}>
          {text.end}
        </Button>
      )}
    </li>
  );
}
