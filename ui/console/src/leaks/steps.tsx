// Scan → Detect → Revoke: what each step is here, and how much of it there was.

import { Copyable } from "@keystead/parts/copy.tsx";
import { app } from "../lib/app.ts";
import { BASE } from "../lib/base.ts";
import type { Rows } from "../lib/rows.ts";
import type { Leak } from "./leak.ts";
import { words } from "./words.ts";

export const hookLine = () => `keystead hook install --report ${app.baseUrl}`;
const ciLine = () => `keystead scan --range "$BASE..HEAD" --report ${app.baseUrl}`;
const apiLine = () =>
  `curl ${app.baseUrl}/v1/leaks -H 'Content-Type: application/json' -d '{"reports": [{"sha256": "…", "exposure": "public"}]}'`;

export function Steps({ leaks: { rows, more, waiting } }: { leaks: Rows<Leak> }) {
  const { steps } = words;
  const many = (count: number) => `${count.toLocaleString()}${more ? "+" : ""}`;
  const places = rows.reduce((sum, leak) => sum + leak.places, 0);
  const open = rows.filter((leak) => leak.state === "open").length;
  const ended = rows.filter((leak) => leak.outcome === "revoked" || leak.outcome === "secret_ended").length;
  const parts = [
    [steps.scan, steps.scanWhat, places === 1 && !more ? steps.placesOne : steps.places(many(places))],
    [steps.detect, steps.detectWhat, steps.open(many(open))],
    [steps.revoke, steps.revokeWhat, steps.ended(many(ended))],
  ] as const;
  return (
    <section aria-label={steps.label} className="ks-stack ks-intro">
      <ol className="ks-steps">
        {parts.map(([name, what, count]) => (
          <li key={name}>
            <div className="ks-row">
              <h2 className="ks-label">{name}</h2>
              {!waiting && <span className="ks-tag">{count}</span>}
            </div>
            <p className="ks-hint">{what}</p>
          </li>
        ))}
      </ol>
      <details className="ks-more">
        <summary>{steps.how}</summary>
        <div className="ks-stack">
          <p>{steps.hook}</p>
          <Copyable text={hookLine()} label={steps.hook} wrap />
          <p>{steps.ci}</p>
          <Copyable text={ciLine()} label={steps.ci} wrap />
          <p>{steps.api}</p>
          <Copyable text={apiLine()} label={steps.api} wrap />
          <p className="ks-row">
            <a href={`${BASE}/docs/leaks`}>{steps.docs}</a>
            <a href={`${BASE}/docs/scan`}>{steps.docsScan}</a>
          </p>
        </div>
      </details>
    </section>
  );
}
