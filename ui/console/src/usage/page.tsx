// Usage: by day as a chart, and by owner, key or day as a bill. Everybody's for admins, else one's own and that of one's teams.

import { Button } from "@keystead/parts/button.tsx";
import { Choice, Choices, SelectField, TextField } from "@keystead/parts/field.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { useUser } from "@keystead/react";
import { lazy, Suspense, useState } from "react";
import { useAct, Wrong } from "../lib/act.tsx";
import { BASE } from "../lib/base.ts";
import { Head } from "../lib/head.tsx";
import { Picker } from "../lib/picker.tsx";
import { take } from "../lib/take.ts";
import { type Day, sumOf, useDays } from "./bill.ts";
import { Bill, DayTable, type Group } from "./lines.tsx";
import { DAYS_MAX, daysOf, type Period, periodOf, type Range } from "./period.ts";
import { Totals } from "./totals.tsx";
import { words } from "./words.ts";

const Chart = lazy(() => import("./chart.tsx"));

export default function UsagePage() {
  const admin = useUser({ or: "redirect" }).role === "admin";
  const [range, setRange] = useState<Range>("30");
  const [own, setOwn] = useState<Period>(() => periodOf("30", Date.now()));
  const [owner, setOwner] = useState<string | null>(null);
  const [group, setGroup] = useState<Group>("owner");
  const period = range === "own" ? own : periodOf(range, Date.now());
  const wrong = wrongIn(period);
  const days = useDays(period, owner, wrong === null);
  const saving = useAct(() =>
    take("/v1/usage", { ...period, owner, group_by: group }, "text/csv", `usage-${period.from}-to-${period.to}.csv`),
  );
  return (
    <>
      <Head title={words.title} about={admin ? words.aboutAll : words.aboutMine}>
        <Button busy={saving.busy} disabled={wrong !== null} onClick={() => saving.run()}>
          {words.csv}
        </Button>
      </Head>
      <Wrong error={saving.error} />
      <div className="ks-filters">
        <SelectField label={words.range} value={range} onChange={(event) => setRange(event.target.value as Range)}>
          {Object.entries(words.ranges).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </SelectField>
        {range === "own" &&
          (["from", "to"] as const).map((end) => (
            <TextField
              key={end}
              label={words[end]}
              type="date"
              value={own[end]}
              required
              wrong={end === "from" ? wrong : null}
              onChange={(event) => setOwn({ ...own, [end]: event.target.value })}
            />
          ))}
        {admin ? (
          <Picker
            label={words.owner}
            types={["user", "team"]}
            placeholder={words.everybody}
            onPick={(picked) => setOwner(picked?.id ?? null)}
          />
        ) : (
          <Mine owner={owner} onPick={setOwner} />
        )}
      </div>
      {wrong !== null ? null : days.error && !days.data ? (
        <Failed error={days.error} onRetry={days.refetch} />
      ) : !days.data ? (
        <Waiting lines={6} />
      ) : (
        <>
          <Totals sum={sumOf(days.data)} />
          {sumOf(days.data).uses === 0 ? (
            <Blank icon="chart" title={words.empty}>
              <p className="ks-soft">{words.emptyWhy}</p>
              <a href={`${BASE}/docs/verify`}>{words.how}</a>
            </Blank>
          ) : (
            <>
              <ByDay days={days.data} />
              <section className="ks-stack">
                <Choices label={words.group.label}>
                  {(["owner", "key", "day"] as const).map((one) => (
                    <Choice
                      key={one}
                      type="radio"
                      name="group"
                      checked={group === one}
                      onChange={() => setGroup(one)}
                      label={words.group[one]}
                    />
                  ))}
                </Choices>
                {group === "day" ? (
                  <DayTable days={days.data} />
                ) : (
                  <Bill key={group} group={group} query={{ ...period, owner, group_by: group }} />
                )}
              </section>
            </>
          )}
        </>
      )}
    </>
  );
}

/** Oneself, or one of one's teams. */
function Mine({ owner, onPick }: { owner: string | null; onPick: (owner: string | null) => void }) {
  const user = useUser({ or: "redirect" });
  const teams = user.teams.filter((team) => team.mayManageApiKeys);
  if (teams.length === 0) return null;
  return (
    <SelectField label={words.owner} value={owner ?? ""} onChange={(event) => onPick(event.target.value || null)}>
      <option value="">{words.everybody}</option>
      <option value={user.id}>{words.onlyMe}</option>
      {teams.map((team) => (
        <option key={team.id} value={team.id}>
          {team.displayName}
        </option>
      ))}
    </SelectField>
  );
}

function ByDay({ days }: { days: readonly Day[] }) {
  const [table, setTable] = useState(false);
  return (
    <section className="ks-stack">
      <div className="ks-row">
        <h2 className="ks-part-title ks-grow">{words.chart.title}</h2>
        <Button kind="quiet" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? words.chart.chart : words.chart.table}
        </Button>
      </div>
      {table ? (
        <DayTable days={days} />
      ) : (
        <Suspense fallback={<div className="ks-chart" />}>
          <Chart days={days} />
        </Suspense>
      )}
    </section>
  );
}

function wrongIn(period: Period): string | null {
  if (period.from > period.to) return words.backwards;
  const days = (Date.parse(period.to) - Date.parse(period.from)) / 86_400_000 + 1;
  return days > DAYS_MAX || daysOf(period).length === 0 ? words.tooLong : null;
}
