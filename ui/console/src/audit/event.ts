// One entry of the log, and what can be read out of its details.

export interface AuditEvent {
  seq: number;
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  owner_id: string | null;
  request_id: string | null;
  address: string | null;
  details: unknown;
}

export interface Difference {
  field: string;
  before: unknown;
  after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Details come in three forms: `{field: {before, after}}`, `{before: {…}, after: {…}}`, and plain facts. What differs is told apart from
 * what is only said besides.
 */
export function read(details: unknown): { changed: Difference[]; facts: [string, unknown][] } {
  if (!isFields(details)) return { changed: [], facts: details == null ? [] : [["details", details]] };
  const changed: Difference[] = [];
  const facts: [string, unknown][] = [];
  const { before, after } = details;
  const whole = isFields(before) || isFields(after);
  if (whole) {
    const [old, now] = [isFields(before) ? before : {}, isFields(after) ? after : {}];
    for (const field of new Set([...Object.keys(old), ...Object.keys(now)]))
      if (!same(old[field], now[field])) changed.push({ field, before: old[field], after: now[field] });
  }
  for (const [field, value] of Object.entries(details)) {
    if (whole && (field === "before" || field === "after")) continue;
    if (isFields(value) && ("before" in value || "after" in value))
      changed.push({ field, before: value.before, after: value.after });
    else if (value != null) facts.push([field, value]);
  }
  return { changed, facts };
}

/** Of two lists what came and what went; null where they are no lists. */
export function lists(before: unknown, after: unknown): { added: string[]; removed: string[] } | null {
  if (!Array.isArray(before) || !Array.isArray(after)) return null;
  const [old, now] = [before.map(plain), after.map(plain)];
  return { added: now.filter((one) => !old.includes(one)), removed: old.filter((one) => !now.includes(one)) };
}

/** A value in one line. */
export function plain(value: unknown): string {
  if (value == null || value === "") return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (isFields(value))
    return Object.entries(value)
      .map(([name, one]) => `${name}: ${plain(one) || "–"}`)
      .join(" · ");
  return String(value);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
