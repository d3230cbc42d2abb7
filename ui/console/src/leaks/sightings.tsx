// Where a secret was found, in the reporter's words: text, and a link only where somebody known here vouches for it.

import { Badge } from "@keystead/parts/badge.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Time } from "@keystead/parts/time.tsx";
import type { ReactNode } from "react";
import { exposureTones, followable, type Leak, type Sighting } from "./leak.ts";
import { words } from "./words.ts";

export function Sightings({ leak }: { leak: Leak }) {
  const seen = leak.sightings ?? [];
  const { sightings } = words;
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{sightings.title}</h2>
      {seen.some(({ authenticated }) => !authenticated) && <p className="ks-hint">{sightings.word}</p>}
      {seen.length < leak.places && <p className="ks-hint">{sightings.kept(seen.length, leak.places)}</p>}
      {seen.length === 0 && <p className="ks-soft">{sightings.none}</p>}
      <ul className="ks-plain ks-stack">
        {seen.map((sighting) => (
          <li key={`${sighting.first_seen_at} ${JSON.stringify(sighting.place)}`} className="ks-card">
            <One sighting={sighting} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ sighting }: { sighting: Sighting }) {
  const { place, exposure } = sighting;
  const { sightings } = words;
  const url = followable(sighting);
  const file = place.path && `${place.path}${place.line === null ? "" : `:${place.line}`}`;
  const facts: [string, ReactNode][] = [
    [sightings.repository, place.repository],
    [sightings.path, file && <span className="ks-mono">{file}</span>],
    [sightings.commit, place.commit && <span className="ks-mono">{place.commit}</span>],
    [sightings.author, place.author],
    [sightings.committed, place.committed_at && <When at={place.committed_at} />],
    [
      sightings.url,
      url ? (
        <a key="url" href={url} target="_blank" rel="noreferrer noopener">
          {url} <Icon name="out" size={12} />
          <span className="ks-hidden"> ({sightings.outside})</span>
        </a>
      ) : (
        place.url
      ),
    ],
    [sightings.reporter, sighting.reporter === "nobody" ? sightings.stranger : sightings.known],
    [sightings.tool, sighting.tool],
    [sightings.first, <When key="first" at={sighting.first_seen_at} />],
  ];
  return (
    <>
      <div className="ks-row">
        <Badge tone={exposureTones[exposure]}>{words.exposures[exposure]}</Badge>
        {sighting.reports > 1 && <span className="ks-tag">{sightings.times(sighting.reports)}</span>}
      </div>
      <dl className="ks-facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

/** A reporter may send anything as a time. */
function When({ at }: { at: string }) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : <Time at={date} />;
}
