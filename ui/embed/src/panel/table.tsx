// The keys, as a table of which only the rows near the window are there. On narrow ground the same rows are cards, by style alone.

import type { ApiKey, KeySort } from "@keystead/sdk";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { Row, type RowProps } from "./row.tsx";
import { words } from "./words.ts";

const ROW_PX = 49;
/** Rows beyond the window that are drawn already, and rows before the end at which more are fetched. */
const OVERSCAN = 20;
const AHEAD = 120;

interface TableProps extends Omit<RowProps, "of" | "at" | "measure"> {
  keys: readonly ApiKey[];
  label: string;
  sort: KeySort;
  onSort: (sort: KeySort) => void;
  /** The next page, where there is one. */
  more: { fetch: () => void; fetching: boolean } | null;
}

export function Table({ keys, label, sort, onSort, more, ...row }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: keys.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    getItemKey: (at) => keys[at]?.id ?? at,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items[items.length - 1]];
  const near = more && !more.fetching && (last?.index ?? 0) >= keys.length - AHEAD;
  useEffect(() => {
    if (near) more.fetch();
  }, [near, more]);
  const head = (name: keyof typeof words.columns, by?: string) => <Head {...{ name, by, sort, onSort }} />;
  return (
    <div className="ks-scroll" ref={scroller}>
      <table
        className="ks-key-table"
        part="table"
        data-all={row.all || undefined}
        aria-rowcount={more ? -1 : keys.length + 1}
      >
        <caption className="ks-hidden">{label}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {head("description", "name")}
            {head("key")}
            {row.all && head("owner")}
            {head("environment")}
            {head("status")}
            {head("expires", "expires_at")}
            {head("created", "created_at")}
            {head("used", "last_used")}
            <th scope="col" className="ks-col-actions">
              <span className="ks-hidden">{words.columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Gap height={first?.start ?? 0} />
          {items.map(({ index, key: id }) => {
            const key = keys[index];
            return key && <Row key={id} of={key} at={index} measure={virtual.measureElement} {...row} />;
          })}
          <Gap height={virtual.getTotalSize() - (last?.end ?? 0)} />
        </tbody>
      </table>
      {more && (
        <p className="ks-soft ks-loading" role="status">
          {words.more}
        </p>
      )}
    </div>
  );
}

/** Stands for the rows that are not drawn. */
function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
  return <tr aria-hidden="true" className="ks-gap" style={{ height }} />;
}

interface HeadProps {
  name: keyof typeof words.columns;
  by?: string | undefined;
  sort: KeySort;
  onSort: (sort: KeySort) => void;
}

function Head({ name, by, sort, onSort }: HeadProps): ReactNode {
  const text = words.columns[name];
  if (by === undefined) {
    return (
      <th scope="col" className={`ks-col-${name}`}>
        {text}
      </th>
    );
  }
  const order = sort === by ? "ascending" : sort === `-${by}` ? "descending" : undefined;
  // What is wanted first: names from A, keys that expire soon, but the newest and the latest used.
  const descending = by === "created_at" || by === "last_used";
  const next = order === undefined ? (descending ? `-${by}` : by) : order === "ascending" ? `-${by}` : by;
  return (
    <th scope="col" className={`ks-col-${name}`} aria-sort={order}>
      <button type="button" className="ks-sort" data-order={order} onClick={() => onSort(next as KeySort)}>
        {text}
        <span aria-hidden="true">{order === "ascending" ? "↑" : order === "descending" ? "↓" : "↕"}</span>
      </button>
    </th>
  );
}
