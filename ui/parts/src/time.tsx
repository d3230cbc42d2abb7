// Times in the reader's own words, with the exact one on hover.

const DAY_MS = 24 * 60 * 60 * 1000;
const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["day", DAY_MS],
  ["hour", DAY_MS / 24],
  ["minute", 60_000],
];

// Making a format costs more than a hundred uses of it, and a long table uses it in every row.
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const byDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const relatively = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export function exact(at: Date): string {
  return exactly.format(at);
}

export function day(at: Date): string {
  return byDay.format(at);
}

/** As in "3 days ago" and "in 6 days"; under a minute it is now. */
export function ago(at: Date, now: Date = new Date()): string {
  const gone = at.getTime() - now.getTime();
  for (const [unit, length] of steps)
    if (Math.abs(gone) >= length) return relatively.format(Math.trunc(gone / length), unit);
  return relatively.format(0, "second");
}

/** Relative where `relative` is set, else the day. */
export function Time({ at, relative = false }: { at: Date; relative?: boolean }) {
  return (
    <time dateTime={at.toISOString()} title={exact(at)}>
      {relative ? ago(at) : day(at)}
    </time>
  );
}
