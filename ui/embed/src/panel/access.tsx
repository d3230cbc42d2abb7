// What a key may do, from where, how often, and what its uses are paid with.

import type { ApiKey } from "@keystead/sdk";
import { Fact } from "./fact.tsx";
import { form, drawer as text } from "./words.ts";

export function Access({ of: key }: { of: ApiKey }) {
  const { restrictions, credits } = key;
  return (
    <section className="ks-section">
      <h3 className="ks-label">{text.access}</h3>
      <dl className="ks-key-facts">
        <Fact name={text.scopes}>
          <Tags items={key.scopes} none={text.none} />
        </Fact>
        {key.roles.length > 0 && (
          <Fact name={text.roles}>
            <Tags items={key.roles} none={text.none} />
          </Fact>
        )}
        <Fact name={text.ips}>
          <Tags items={restrictions.ips} none={text.any} />
        </Fact>
        <Fact name={text.referrers}>
          <Tags items={restrictions.referrers} none={text.any} />
        </Fact>
        <Fact name={text.endpoints}>
          <Tags items={restrictions.endpoints} none={text.any} />
        </Fact>
        {key.rateLimits.length > 0 && (
          <Fact name={text.limits}>
            <Tags
              items={key.rateLimits.map(
                ({ name, limit, window_s }) =>
                  `${name}: ${text.limit(limit, form.windows[window_s] ?? form.seconds(window_s))}`,
              )}
              none={text.none}
            />
          </Fact>
        )}
        {credits && (
          <Fact name={text.credits}>
            {text.creditsLeft(credits.remaining)}
            {credits.refill && `, ${text.refill(credits.refill.amount, credits.refill.every)}`}
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Tags({ items, none }: { items: readonly string[]; none: string }) {
  if (items.length === 0) return <span className="ks-soft">{none}</span>;
  return (
    <span className="ks-tags">
      {items.map((item) => (
        <span key={item} className="ks-tag ks-mono">
          {item}
        </span>
      ))}
    </span>
  );
}
