// Times in the reader's own words, with the exact one on hover.

const DAY_MS = 24 * 60 * 60 * 1000;
const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * DAY_MS],
  ["month", 30 * DAY_MS],
  ["day", DAY_MS],
  ["hour", DAY_MS / 24],
  ["minute", 60_000],
];

export function exact(at: Date): string {
  return at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
}

export function day(at: Date): string {
  return at.toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** As in "3 days ago" and "in 6 days"; under a minute it is now. */
export function ago(at: Date, now: Date = new Date()): string {
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const gone = at.getTime() - now.getTime();
  for (const [unit, length] of steps)
    if (Math.abs(gone) >= length) return words.format(Math.trunc(gone / length), unit);
  return words.format(0, "second");
}

/** Relative where `relative` is set, else the day. */
export function Time({ at, relative = false }: { at: Date; relative?: boolean }) {
  return (
    <time dateTime={at.toISOString()} title={exact(at)}>
      {relative ? ago(at) : day(at)}
    </time>
  );
}
