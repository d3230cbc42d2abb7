// When a key stops working, as people choose it. Pure.

import type { Terms } from "./subject.ts";

export interface Expiry {
  /** Days from now, a date, never, what it is already, or not chosen yet. */
  choice: number | "date" | "never" | "keep" | "";
  /** Of the date field: as in `2027-02-24`, or empty. */
  date: string;
}

export const DAY_MS = 24 * 60 * 60 * 1000;
const OFFERED = [30, 60, 90, 365];

/** The lifetimes, in days, that may be chosen, and whether a key may be for ever. */
export function offered({ policy, defaultDays }: Terms): { days: number[]; never: boolean; longest: number } {
  const longest = policy?.max_lifetime_days ?? 0;
  const days = [...new Set([...OFFERED, ...(defaultDays > 0 ? [defaultDays] : [])])].sort((a, b) => a - b);
  const within = days.filter((day) => longest === 0 || day <= longest);
  return {
    days: within.length > 0 ? within : [longest],
    never: policy === null || (policy.allow_never && longest === 0),
    longest,
  };
}

/** A time; null for never; undefined where none was chosen, or it stays what it is. */
export function expiresAt({ choice, date }: Expiry, now: Date): Date | null | undefined {
  if (choice === "keep" || choice === "") return undefined;
  if (choice === "never") return null;
  if (choice === "date") return endOf(date);
  return new Date(now.getTime() + choice * DAY_MS);
}

/** The last millisecond of that day where the reader is. */
function endOf(date: string): Date | undefined {
  const [year, month, day] = date.split("-").map(Number);
  if (year === undefined || month === undefined || day === undefined || year < 1970) return undefined;
  return new Date(year, month - 1, day, 23, 59, 59, 999);
}

/** As a date field writes it, in the reader's own days. */
export function fieldDate(at: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
