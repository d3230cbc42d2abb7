// Checks the whole chain, and says plainly what came of it.

import { Button } from "@keystead/parts/button.tsx";
import { Copyable } from "@keystead/parts/copy.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { useHeld } from "@keystead/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "./words.ts";

interface Report {
  ok: boolean;
  count: number;
  head: string;
  first_bad: number | null;
  problem: string | null;
}

export function Verify() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{words.verify.button}</Button>
      {open && <Answer onClose={() => setOpen(false)} />}
    </>
  );
}

function Answer({ onClose }: { onClose: () => void }) {
  const { app, cache } = useHeld();
  const { data, error, isFetching, refetch } = useQuery(
    {
      queryKey: ["/v1/audit-events/verify"],
      queryFn: ({ signal }) => app.request<Report>("GET", "/v1/audit-events/verify", { signal }),
      // A check is of the moment that somebody asked for it.
      staleTime: 0,
      gcTime: 0,
      refetchInterval: false,
      refetchOnWindowFocus: false,
    },
    cache,
  );
  const report = data?.data;
  const { verify } = words;
  return (
    <Dialog title={verify.button} onClose={onClose}>
      {isFetching ? (
        <>
          <p className="ks-soft">{verify.checking}</p>
          <Waiting lines={2} />
        </>
      ) : error ? (
        <Failed error={error} onRetry={refetch} />
      ) : report?.ok ? (
        <>
          <p className="ks-note" role="status">
            <span className="ks-good">
              <Icon name="check" />
            </span>
            {verify.good(report.count)}
          </p>
          <p className="ks-hint">{verify.head}</p>
          <Copyable text={report.head} label={verify.headName} wrap />
        </>
      ) : (
        report && (
          <div className="ks-note" data-tone="danger" role="alert">
            <Icon name="alert" />
            <div>
              <p>{verify.bad}</p>
              {report.first_bad !== null && <p>{verify.firstBad(report.first_bad)}</p>}
              {report.problem && <p className="ks-hint">{report.problem}</p>}
            </div>
          </div>
        )
      )}
      <div className="ks-dialog-foot">
        <Button onClick={onClose}>{verify.close}</Button>
      </div>
    </Dialog>
  );
}
