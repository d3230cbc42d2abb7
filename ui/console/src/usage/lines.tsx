// The bill, line by line: of owners and keys as the server has them, of days as they were added up.

import { Failed, Waiting } from "@keystead/parts/states.tsx";
import type { Query } from "@keystead/sdk";
import { useRows } from "../lib/rows.ts";
import { type Column, Table } from "../lib/table.tsx";
import type { Day, Line, Sum } from "./bill.ts";
import { dayWords } from "./period.ts";
import { words } from "./words.ts";

export type Group = "owner" | "key" | "day";

const numbers: Column<Sum>[] = (["uses", "valid", "refused", "cost"] as const).map((name) => ({
  id: name,
  head: words.columns[name],
  width: name === "uses" ? 18 : 14,
  narrow: 28,
  number: true,
  wide: name === "valid" || name === "cost",
  cell: (line) => line[name].toLocaleString(),
}));

const owner: Column<Line> = {
  id: "owner",
  head: words.columns.owner,
  width: 40,
  cell: (line) => (
    <span className="ks-cut" title={line.owner.id}>
      {line.owner.name ?? <span className="ks-soft">{words.goneOwner}</span>}
    </span>
  ),
};

const key: Column<Line> = {
  id: "key",
  head: words.columns.key,
  width: 40,
  cell: (line) => (
    <div className="ks-two">
      <span className="ks-cut" title={line.key?.id}>
        {line.key?.name ?? <span className="ks-soft">{words.goneKey}</span>}
      </span>
      <span className="ks-hint ks-cut">{line.owner.name ?? words.goneOwner}</span>
    </div>
  ),
};

export function Bill({ group, query }: { group: "owner" | "key"; query: Query }) {
  const list = useRows<Line>("/v1/usage", query);
  if (list.waiting) return <Waiting lines={4} />;
  if (list.error && list.rows.length === 0) return <Failed error={list.error} onRetry={list.again} />;
  return (
    <Table
      label={words.list}
      columns={[group === "owner" ? owner : key, ...numbers]}
      list={list}
      id={(line) => `${line.owner.id} ${line.key?.id}`}
    />
  );
}

const day: Column<Day> = { id: "day", head: words.columns.day, width: 40, cell: (line) => dayWords(line.day) };

/** The last one first, as everywhere. */
export function DayTable({ days }: { days: readonly Day[] }) {
  const nothing = () => {};
  const list = { rows: days.toReversed(), waiting: false, error: null, more: false, next: nothing, again: nothing };
  return <Table label={words.chart.title} columns={[day, ...numbers]} list={list} id={(line) => line.day} />;
}
