// What a key was used for on one day.

import type { Client } from "./client.ts";
import type { Page, PageOptions } from "./key.ts";
import type { WireUse } from "./wire.ts";

/**
 * Uses of a key on one day.
 *
 * @example
 * const total = page.items.reduce((sum, { uses }: Uses) => sum + uses, 0);
 */
export interface Uses {
  /** As in `2026-11-25`, in UTC. */
  day: string;
  /** Verifications, whatever their answer. */
  uses: number;
  valid: number;
  refused: number;
  /** The same by code: `valid`, `expired`, `rate_limited`, … */
  codes: Readonly<Record<string, number>>;
  /** The sum of what valid uses cost: 1 each where the question did not say. */
  cost: number;
}

/**
 * Which days, and which part of the list.
 *
 * @example
 * const november: UsesOptions = { from: new Date("2026-11-01"), to: new Date("2026-11-30") };
 */
export interface UsesOptions extends PageOptions {
  /** The first day; by default the first of the month of `to`. */
  from?: Date | undefined;
  /** The last day, which belongs to it; by default today. */
  to?: Date | undefined;
}

/** @internal */
export async function uses(client: Client, path: string, options: UsesOptions): Promise<Page<Uses>> {
  const { from, to, signal, ...rest } = options;
  const query = { ...rest, from: from?.toISOString().slice(0, 10), to: to?.toISOString().slice(0, 10) };
  const answer = await client.request<WireUse[]>("GET", path, { query, signal });
  const items = answer.data.map(({ from: day, uses, valid, refused, codes, cost }) => ({
    day,
    uses,
    valid,
    refused,
    codes,
    cost,
  }));
  return { items, nextCursor: answer.nextCursor };
}
