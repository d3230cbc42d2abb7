// Users, for admins of the instance; and the page of each.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import type { Query, WireUser } from "@keystead/sdk";
import { useState } from "react";
import { Link, Redirect, Route, Switch } from "wouter";
import { Head } from "../lib/head.tsx";
import { useRows } from "../lib/rows.ts";
import { Search, useSettled } from "../lib/search.tsx";
import { type Column, Table } from "../lib/table.tsx";
import { lib } from "../lib/words.ts";
import { AddUser } from "./add.tsx";
import { StatusBadge } from "./status.tsx";
import { UserPage } from "./user.tsx";
import { words } from "./words.ts";

export default function UsersPage() {
  return (
    <Switch>
      <Route path="/users" component={Users} />
      <Route path="/users/:id/:part?">{({ id, part = "keys" }) => <UserPage key={id} id={id} part={part} />}</Route>
      <Route>
        <Redirect to="/users" />
      </Route>
    </Switch>
  );
}

const columns: Column<WireUser>[] = [
  {
    id: "name",
    head: words.columns.name,
    width: 42,
    cell: (user) => (
      <div className="ks-two">
        <Link to={`/users/${user.id}`} className="ks-cut ks-open" title={user.name}>
          {user.name}
        </Link>
        <span className="ks-hint ks-cut">{user.email ?? user.external_id}</span>
      </div>
    ),
  },
  { id: "role", head: words.columns.role, width: 13, wide: true, cell: (user) => words.roles[user.role] },
  {
    id: "status",
    head: words.columns.status,
    width: 15,
    narrow: 34,
    cell: (user) => <StatusBadge status={user.status} />,
  },
  {
    id: "seen",
    head: words.columns.seen,
    width: 15,
    wide: true,
    cell: (user) =>
      user.last_seen_at ? (
        <Time at={new Date(user.last_seen_at)} relative />
      ) : (
        <span className="ks-soft">{lib.never}</span>
      ),
  },
  {
    id: "created",
    head: words.columns.created,
    width: 15,
    wide: true,
    cell: (user) => <Time at={new Date(user.created_at)} />,
  },
];

function Users() {
  const [typed, setTyped] = useState("");
  const [adding, setAdding] = useState(false);
  const q = useSettled(typed.trim());
  const [status, setStatus] = useState("");
  const [role, setRole] = useState("");
  const list = useRows<WireUser>("/v1/users", chosen({ q, status, role }));
  const choices = [
    [words.columns.status, words.anyStatus, words.statuses, status, setStatus],
    [words.columns.role, words.anyRole, words.roles, role, setRole],
  ] as const;
  const none = list.rows.length === 0;
  return (
    <>
      <Head title={words.title} about={words.about}>
        <Button kind="primary" onClick={() => setAdding(true)}>
          <Icon name="plus" /> {words.create}
        </Button>
      </Head>
      <div className="ks-bar">
        <Search label={words.search} value={typed} onChange={setTyped} />
        {choices.map(([label, any, values, value, set]) => (
          <select
            key={label}
            className="ks-input ks-choose"
            aria-label={label}
            value={value}
            onChange={(event) => set(event.target.value)}
          >
            <option value="">{any}</option>
            {Object.entries(values).map(([one, text]) => (
              <option key={one} value={one}>
                {text}
              </option>
            ))}
          </select>
        ))}
      </div>
      {list.waiting ? (
        <Waiting lines={5} />
      ) : none && list.error ? (
        <Failed error={list.error} onRetry={list.again} />
      ) : none ? (
        <Blank icon="person" title={words.notFound} />
      ) : (
        <Table label={words.title} columns={columns} list={list} id={(user) => user.id} />
      )}
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </>
  );
}

/** Without what nothing was said of. */
function chosen(query: Record<string, string>): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}
