// A list of any length as a table: only the rows in sight are in the document, and the next ones are fetched before they come into it.

import { Failed } from "@keystead/parts/states.tsx";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Rows } from "./rows.ts";
import { lib } from "./words.ts";

const ROW_PX = 49;
/** Rows beyond the window: more than a turn of the wheel. */
const BEYOND = 12;

export interface Column<T> {
  id: string;
  head: string;
  /** The head is for those alone who don't see the column. */
  quiet?: boolean;
  cell: (row: T) => ReactNode;
  /** In percent of the table. */
  width: number;
  /** The same where the window is narrow, for what is cut off otherwise. */
  narrow?: number;
  /** Numbers stand at their end. */
  number?: boolean;
  /** Not where the window is narrow. */
  wide?: boolean;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  list: Rows<T>;
  id: (row: T) => string;
}

export function Table<T>({ label, columns, list, id }: TableProps<T>) {
  const { rows, more, next } = list;
  const body = useRef<HTMLTableSectionElement>(null);
  const [above, setAbove] = useState(0);
  // What stands above the table may have changed with anything.
  useLayoutEffect(() => {
    const top = body.current ? body.current.getBoundingClientRect().top + window.scrollY : 0;
    setAbove((before) => (Math.abs(before - top) > 1 ? top : before));
  });
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
    scrollMargin: above,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !list.error && last >= rows.length - 1 - BEYOND) next();
  }, [more, last, rows.length, next, list.error]);
  const before = (shown[0]?.start ?? above) - above;
  const after = virtual.getTotalSize() - ((shown.at(-1)?.end ?? above) - above);
  return (
    <>
      <table className="ks-long" aria-rowcount={more ? -1 : rows.length + 1}>
        <caption className="ks-hidden">{label}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.id} scope="col" data-wide={column.wide} data-number={column.number} style={share(column)}>
                {column.quiet ? <span className="ks-hidden">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {before > 0 && <Gap height={before} columns={columns.length} />}
          {shown.map(({ index }) => {
            const row = rows[index];
            return (
              row !== undefined && (
                <tr key={id(row)} aria-rowindex={index + 2} data-index={index} ref={virtual.measureElement}>
                  {columns.map((column, at) =>
                    at === 0 ? (
                      <th key={column.id} scope="row">
                        {column.cell(row)}
                      </th>
                    ) : (
                      <td key={column.id} data-wide={column.wide} data-number={column.number}>
                        {column.cell(row)}
                      </td>
                    ),
                  )}
                </tr>
              )
            );
          })}
          {after > 0 && <Gap height={after} columns={columns.length} />}
        </tbody>
      </table>
      {list.error ? (
        <Failed error={list.error} onRetry={list.again} />
      ) : (
        <p className="ks-hint ks-long-foot">{more ? lib.more : lib.rows(rows.length, false)}</p>
      )}
    </>
  );
}

/** A custom property is what a media query can choose by. */
function share({ width, narrow = width }: { width: number; narrow?: number }): CSSProperties {
  return { "--wide": `${width}%`, "--narrow": `${narrow}%` } as CSSProperties;
}

/** In place of the rows that are not there. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr>
      <td colSpan={columns} className="ks-long-gap" style={{ height }} />
    </tr>
  );
}
