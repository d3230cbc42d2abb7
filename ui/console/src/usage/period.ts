// Which days are asked for. Days are in UTC, as the server counts them.

const DAY_MS = 86_400_000;
/** The server's own bound. */
export const DAYS_MAX = 366;

export type Range = "7" | "30" | "90" | "month" | "before" | "own";

export interface Period {
  from: string;
  to: string;
}

export const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** `own` has no days but those that somebody chose. */
export function periodOf(range: Exclude<Range, "own">, now: number): Period {
  const today = new Date(now);
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()];
  if (range === "month") return { from: iso(Date.UTC(year, month, 1)), to: iso(now) };
  if (range === "before") return { from: iso(Date.UTC(year, month - 1, 1)), to: iso(Date.UTC(year, month, 0)) };
  return { from: iso(now - (Number(range) - 1) * DAY_MS), to: iso(now) };
}

/** Each day of it, first and last as well. */
export function daysOf({ from, to }: Period): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  if (Number.isNaN(first) || Number.isNaN(last)) return [];
  const count = Math.min((last - first) / DAY_MS + 1, DAYS_MAX);
  return Array.from({ length: Math.max(count, 0) }, (_, at) => iso(first + at * DAY_MS));
}

/** As the reader writes it; the day is one in UTC wherever they are. */
export function dayWords(day: string, style: "medium" | "short" = "medium"): string {
  return new Date(day).toLocaleDateString(undefined, { dateStyle: style, timeZone: "UTC" });
}
