// From found to revoked to judged, in the order that it happened.

import { exact } from "@keystead/parts/time.tsx";
import type { Leak } from "./leak.ts";
import { words } from "./words.ts";

interface Step {
  name: string;
  at: string | null;
  what: string;
}

export function Timeline({ leak }: { leak: Leak }) {
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{words.timeline.title}</h2>
      <ol className="ks-timeline">
        {stepsOf(leak).map(({ name, at, what }) => (
          <li key={name}>
            <p className="ks-label">{name}</p>
            {at && (
              <time className="ks-hint" dateTime={at} title={exact(new Date(at))}>
                {new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })}
              </time>
            )}
            <p className="ks-hint">{what}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stepsOf(leak: Leak): Step[] {
  const { timeline } = words;
  const { revoked_at } = leak.key;
  const found = Date.parse(leak.first_seen_at);
  const steps: Step[] = [
    { name: timeline.found, at: leak.first_seen_at, what: timeline.foundBy(leak.places, leak.reports) },
  ];
  if (revoked_at !== null) {
    const after = Date.parse(revoked_at) - found;
    const what = after < 0 ? timeline.before : `${timeline.after(after)} ${timeline.revokedWhat}`;
    steps.push({ name: timeline.revoked, at: revoked_at, what });
  }
  if (leak.last_seen_at !== leak.first_seen_at) steps.push({ name: timeline.last, at: leak.last_seen_at, what: "" });
  if (leak.judged_at !== null)
    steps.push({ name: timeline.judged, at: leak.judged_at, what: words.states[leak.state] });
  steps.sort((one, other) => Date.parse(one.at ?? "") - Date.parse(other.at ?? ""));
  if (revoked_at === null) steps.push({ name: timeline.standing, at: null, what: words.outcomeHints[leak.outcome] });
  return steps;
}
