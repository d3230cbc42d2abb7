// Lines of a bill, and their sums by day.

import { useHeld } from "@keystead/react";
import type { OwnerType, Query, WireUse } from "@keystead/sdk";
import { useQuery } from "@tanstack/react-query";
import { lines } from "../lib/take.ts";
import { daysOf, type Period } from "./period.ts";

export type Line = WireUse & {
  owner: { type: OwnerType; id: string; external_id: string | null; name: string | null };
  key: { id: string; name: string | null } | null;
};

export interface Sum {
  uses: number;
  valid: number;
  refused: number;
  cost: number;
}

export interface Day extends Sum {
  day: string;
}

const nothing = (): Sum => ({ uses: 0, valid: 0, refused: 0, cost: 0 });

/**
 * Every day of the period, also those on which nothing was. The server has a line for each owner and day; they are added up as they arrive,
 * so that the bill of ten thousand owners needs no more memory than that of one.
 */
export function useDays(period: Period, owner: string | null, enabled: boolean) {
  const { cache } = useHeld();
  return useQuery(
    {
      queryKey: ["/v1/usage", "days", period, owner],
      queryFn: async ({ signal }) => {
        const days = new Map<string, Day>(daysOf(period).map((day) => [day, { day, ...nothing() }]));
        const query: Query = { ...period, group_by: "day", owner };
        for await (const line of lines<Line>("/v1/usage", query, signal)) add(days.get(line.from), line);
        return [...days.values()];
      },
      enabled,
    },
    cache,
  );
}

export function sumOf(days: readonly Sum[]): Sum {
  const sum = nothing();
  for (const day of days) add(sum, day);
  return sum;
}

function add(to: Sum | undefined, line: Sum) {
  if (!to) return;
  to.uses += line.uses;
  to.valid += line.valid;
  to.refused += line.refused;
  to.cost += line.cost;
}
