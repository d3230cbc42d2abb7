// One leak: which key it is, what happened, where it was found, and what people make of it.

import { Badge } from "@keystead/parts/badge.tsx";
import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { Link } from "wouter";
import { Head } from "../lib/head.tsx";
import { useOne } from "../lib/rows.ts";
import { Judge } from "./judge.tsx";
import { exposureTones, type Leak, outcomeTones } from "./leak.ts";
import { Sightings } from "./sightings.tsx";
import { Timeline } from "./timeline.tsx";
import { words } from "./words.ts";

export function LeakPage({ id }: { id: string }) {
  const { one: leak, etag, error, refetch } = useOne<Leak>(`/v1/leaks/${encodeURIComponent(id)}`);
  const back = { to: "/leaks", text: words.back };
  if (!leak)
    return (
      <>
        <Head title={words.gone} back={back} />
        {error ? <Failed error={error} onRetry={refetch} /> : <Waiting lines={6} />}
      </>
    );
  const { key, exposure, outcome, state } = leak;
  return (
    <>
      <Head
        title={key.name}
        back={back}
        about={
          <>
            <span className="ks-mono">{words.secret(key.last_four)}</span> · {words.of} {key.owner.name} ·{" "}
            <Link to={`/keys/${key.id}`}>{words.toKey}</Link>
          </>
        }
      >
        <Badge tone={exposureTones[exposure]} title={words.exposureHints[exposure]}>
          {words.exposures[exposure]}
        </Badge>
        <Badge tone={outcomeTones[outcome]} title={words.outcomeHints[outcome]}>
          {words.outcomes[outcome]}
        </Badge>
        <span className="ks-tag">{words.states[state]}</span>
      </Head>
      <p>
        {words.exposureHints[exposure]} {words.outcomeHints[outcome]} {leak.former_secret && words.former}
      </p>
      <div className="ks-columns">
        <div className="ks-stack ks-grow">
          <Sightings leak={leak} />
        </div>
        <aside className="ks-stack" aria-label={words.timeline.title}>
          <Timeline leak={leak} />
          <Judge key={etag} leak={leak} etag={etag} />
        </aside>
      </div>
    </>
  );
}
