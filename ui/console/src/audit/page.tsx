// The audit log, for admins: filtered, without an end, and each entry with what it changed.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { useAct, Wrong } from "../lib/act.tsx";
import { Head } from "../lib/head.tsx";
import { useRows } from "../lib/rows.ts";
import { type Column, Table } from "../lib/table.tsx";
import { take } from "../lib/take.ts";
import { Actor, Named } from "./actor.tsx";
import { Detail } from "./detail.tsx";
import type { AuditEvent } from "./event.ts";
import { asked, Filters } from "./filters.tsx";
import { Verify } from "./verify.tsx";
import { actionWords, words } from "./words.ts";

const PATH = "/v1/audit-events";

export default function AuditPage() {
  const [params, setParams] = useSearchParams();
  const query = asked(params);
  const list = useRows<AuditEvent>(PATH, query);
  const [open, setOpen] = useState<AuditEvent | null>(null);
  const exporting = useAct(() =>
    take(PATH, query, "application/x-ndjson", `audit-${new Date().toISOString().slice(0, 10)}.ndjson`),
  );
  const none = list.rows.length === 0;
  const columns: Column<AuditEvent>[] = [
    {
      id: "action",
      head: words.columns.action,
      width: 32,
      narrow: 42,
      cell: (event) => (
        <button type="button" className="ks-cut ks-open" title={event.action} onClick={() => setOpen(event)}>
          {actionWords(event.action)}
        </button>
      ),
    },
    { id: "actor", head: words.columns.actor, width: 30, narrow: 36, cell: (event) => <Actor actor={event.actor} /> },
    {
      id: "subject",
      head: words.columns.subject,
      width: 20,
      wide: true,
      cell: (event) => <Named id={event.subject} />,
    },
    {
      id: "at",
      head: words.columns.at,
      width: 18,
      narrow: 22,
      cell: (event) => <Time at={new Date(event.at)} relative />,
    },
  ];
  function only(filter: Record<string, string>) {
    setParams(filter);
    setOpen(null);
  }
  return (
    <>
      <Head title={words.title} about={words.about}>
        <Verify />
        <Button busy={exporting.busy} onClick={() => exporting.run()}>
          {words.export}
        </Button>
      </Head>
      <Wrong error={exporting.error} />
      <Filters params={params} onChange={setParams} />
      {list.waiting ? (
        <Waiting lines={6} />
      ) : none && list.error ? (
        <Failed error={list.error} onRetry={list.again} />
      ) : none ? (
        <Blank icon="list" title={words.empty}>
          <p className="ks-soft">{words.emptyWhy}</p>
          <Button onClick={() => setParams({})}>
            <Icon name="cross" /> {words.reset}
          </Button>
        </Blank>
      ) : (
        <Table label={words.list} columns={columns} list={list} id={(event) => event.id} />
      )}
      {open && <Detail event={open} onOnly={only} onClose={() => setOpen(null)} />}
    </>
  );
}
