// Leaks: what became of keys that were found where they should not be; and the page of each.

import { Badge } from "@keystead/parts/badge.tsx";
import { Button } from "@keystead/parts/button.tsx";
import { Copyable } from "@keystead/parts/copy.tsx";
import { SelectField } from "@keystead/parts/field.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { Link, Redirect, Route, Switch, useSearchParams } from "wouter";
import { Head } from "../lib/head.tsx";
import { type Rows, useRows } from "../lib/rows.ts";
import { type Column, Table } from "../lib/table.tsx";
import { exposureTones, type Leak, outcomeTones } from "./leak.ts";
import { LeakPage } from "./one.tsx";
import { hookLine, Steps } from "./steps.tsx";
import { words } from "./words.ts";

export default function LeaksPage() {
  return (
    <Switch>
      <Route path="/leaks" component={Leaks} />
      <Route path="/leaks/:id">{({ id }) => <LeakPage key={id} id={id} />}</Route>
      <Route>
        <Redirect to="/leaks" />
      </Route>
    </Switch>
  );
}

const columns: Column<Leak>[] = [
  {
    id: "key",
    head: words.columns.key,
    width: 36,
    cell: ({ id, key }) => (
      <div className="ks-two">
        <Link to={`/leaks/${id}`} className="ks-cut ks-open" title={key.name}>
          {key.name}
        </Link>
        <span className="ks-hint ks-cut">
          <span className="ks-mono">{words.secret(key.last_four)}</span> · {key.owner.name}
        </span>
      </div>
    ),
  },
  {
    id: "exposure",
    head: words.columns.exposure,
    width: 18,
    wide: true,
    cell: ({ exposure }) => (
      <Badge tone={exposureTones[exposure]} title={words.exposureHints[exposure]}>
        {words.exposures[exposure]}
      </Badge>
    ),
  },
  {
    id: "outcome",
    head: words.columns.outcome,
    width: 18,
    narrow: 38,
    cell: ({ outcome }) => (
      <Badge tone={outcomeTones[outcome]} title={words.outcomeHints[outcome]}>
        {words.outcomes[outcome]}
      </Badge>
    ),
  },
  { id: "state", head: words.columns.state, width: 14, wide: true, cell: ({ state }) => words.states[state] },
  {
    id: "found",
    head: words.columns.found,
    width: 14,
    wide: true,
    cell: (leak) => <Time at={new Date(leak.first_seen_at)} relative />,
  },
];

function Leaks() {
  const [params, setParams] = useSearchParams();
  const given = (name: string) => params.get(name) ?? "";
  const [state, exposure, outcome] = [given("state"), given("exposure"), given("outcome")];
  const all = useRows<Leak>("/v1/leaks");
  const asked = useRows<Leak>("/v1/leaks", { ...(state && { state }), ...(exposure && { exposure }) });
  const list: Rows<Leak> = outcome ? { ...asked, rows: asked.rows.filter((leak) => leak.outcome === outcome) } : asked;
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setParams(next);
  };
  const choices = [
    ["state", words.filter.state, words.states],
    ["exposure", words.filter.exposure, words.exposures],
    ["outcome", words.filter.outcome, words.outcomes],
  ] as const;
  const ever = all.rows.length > 0;
  return (
    <>
      <Head title={words.title} about={words.about} />
      <Steps leaks={all} />
      {ever && (
        <div className="ks-filters">
          {choices.map(([name, label, values]) => (
            <SelectField
              key={name}
              label={label}
              value={given(name)}
              onChange={(event) => set(name, event.target.value)}
            >
              <option value="">{words.filter.any}</option>
              {Object.entries(values).map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </SelectField>
          ))}
        </div>
      )}
      {list.waiting ? (
        <Waiting lines={4} />
      ) : list.error && list.rows.length === 0 ? (
        <Failed error={list.error} onRetry={list.again} />
      ) : !ever ? (
        <Blank icon="check" title={words.empty}>
          <p className="ks-soft">{words.emptyWhy}</p>
          <Copyable text={hookLine()} label={words.steps.hook} wrap />
          <p className="ks-soft">{words.emptyNext}</p>
        </Blank>
      ) : list.rows.length === 0 && !list.more ? (
        <Blank icon="search" title={words.notFound}>
          <Button onClick={() => setParams({})}>{words.reset}</Button>
        </Blank>
      ) : (
        <Table label={words.list} columns={columns} list={list} id={(leak) => leak.id} />
      )}
    </>
  );
}
