// A key's uses of the last 30 days, a bar a day, and the same in words.

import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { day } from "@keystead/parts/time.tsx";
import type { ApiKey, Uses } from "@keystead/sdk";
import { useQuery } from "@tanstack/react-query";
import { useHeld } from "../provider.tsx";
import { DAY_MS } from "./expiry.ts";
import { drawer as text } from "./words.ts";

const DAYS = 30;

export function Usage({ of: key, now }: { of: ApiKey; now: Date }) {
  const { cache } = useHeld();
  const last = now.toISOString().slice(0, 10);
  const query = useQuery(
    {
      queryKey: ["keys", key.owner.id, "usage", key.id, last],
      queryFn: ({ signal }) =>
        key.usage({ from: new Date(Date.parse(last) - (DAYS - 1) * DAY_MS), to: new Date(last), limit: DAYS, signal }),
      enabled: key.environment === "live",
    },
    cache,
  );
  return (
    <section className="ks-section">
      <h3 className="ks-label">{text.usage}</h3>
      {key.environment === "test" ? (
        <p className="ks-soft">{text.usageOfTest}</p>
      ) : query.data ? (
        <Bars days={filled(query.data.items, last)} />
      ) : query.error ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Waiting lines={1} />
      )}
    </section>
  );
}

type Day = Pick<Uses, "day" | "uses" | "refused">;

/** Every day has a bar, those without uses too. */
function filled(items: readonly Uses[], last: string): Day[] {
  const used = new Map(items.map((item) => [item.day, item]));
  return Array.from({ length: DAYS }, (_, at) => {
    const name = new Date(Date.parse(last) - (DAYS - 1 - at) * DAY_MS).toISOString().slice(0, 10);
    return used.get(name) ?? { day: name, uses: 0, refused: 0 };
  });
}

function Bars({ days }: { days: Day[] }) {
  const peak = days.reduce((most, one) => (one.uses > most.uses ? one : most));
  const sum = (name: "uses" | "refused") => days.reduce((total, one) => total + one[name], 0);
  if (peak.uses === 0) return <p className="ks-soft">{text.usageNone}</p>;
  const shown = day(new Date(`${peak.day}T12:00`));
  return (
    <>
      <svg className="ks-bars" viewBox={`0 0 ${DAYS * 10} 40`} preserveAspectRatio="none" aria-hidden="true">
        {days.map(({ day, uses, refused }, at) => {
          const height = uses === 0 ? 1 : Math.max(2, (uses / peak.uses) * 40);
          const bad = uses === 0 ? 0 : (refused / uses) * height;
          return (
            <g key={day}>
              <title>{`${day}: ${uses}`}</title>
              <rect
                className={uses ? "ks-usage-bar" : "ks-usage-bar-none"}
                x={at * 10 + 1}
                width="8"
                y={40 - height}
                height={height}
              />
              {bad > 0 && <rect className="ks-usage-bar-bad" x={at * 10 + 1} width="8" y={40 - height} height={bad} />}
            </g>
          );
        })}
      </svg>
      <p className="ks-hint">{text.usageText(sum("uses"), sum("refused"), peak.uses, shown)}</p>
    </>
  );
}
