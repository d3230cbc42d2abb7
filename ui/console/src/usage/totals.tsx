// The sums of a period.

import type { Sum } from "./bill.ts";
import { words } from "./words.ts";

export function Totals({ sum }: { sum: Sum }) {
  const { totals } = words;
  const percent =
    sum.uses === 0
      ? null
      : (sum.refused / sum.uses).toLocaleString(undefined, { style: "percent", maximumFractionDigits: 1 });
  const parts = [
    [totals.uses, sum.uses, null],
    [totals.valid, sum.valid, null],
    [totals.refused, sum.refused, percent && words.refusedOf(percent)],
    [totals.cost, sum.cost, null],
  ] as const;
  return (
    <section aria-label={totals.label}>
      <dl className="ks-totals">
        {parts.map(([name, count, about]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {count.toLocaleString()}
              {about && <span className="ks-hint"> {about}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
