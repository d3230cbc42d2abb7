// Teams: one's own, and for admins of the instance all; and the page of each.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { useUser } from "@keystead/react";
import type { WireTeam } from "@keystead/sdk";
import { useState } from "react";
import { Link, Redirect, Route, Switch } from "wouter";
import { Head } from "../lib/head.tsx";
import { useRows } from "../lib/rows.ts";
import { Search, useSettled } from "../lib/search.tsx";
import { type Column, Table } from "../lib/table.tsx";
import { CreateTeam } from "./create.tsx";
import { TeamPage } from "./team.tsx";
import { words } from "./words.ts";

export default function TeamsPage() {
  return (
    <Switch>
      <Route path="/teams" component={Teams} />
      <Route path="/teams/:id/:part?">{({ id, part = "keys" }) => <TeamPage key={id} id={id} part={part} />}</Route>
      <Route>
        <Redirect to="/teams" />
      </Route>
    </Switch>
  );
}

function Teams() {
  const user = useUser({ or: "redirect" });
  const admin = user.role === "admin";
  const [typed, setTyped] = useState("");
  const [creating, setCreating] = useState(false);
  const q = useSettled(typed.trim());
  const list = useRows<WireTeam>("/v1/teams", q ? { q } : {});
  const create = admin && (
    <Button kind="primary" onClick={() => setCreating(true)}>
      <Icon name="plus" /> {words.create}
    </Button>
  );
  const none = list.rows.length === 0;
  const columns: Column<WireTeam>[] = [
    {
      id: "name",
      head: words.columns.name,
      width: 46,
      narrow: 43,
      cell: (team) => (
        <Link to={`/teams/${team.id}`} className="ks-cut ks-open" title={team.name}>
          {team.name}
        </Link>
      ),
    },
    { id: "role", head: words.columns.role, width: 18, narrow: 25, cell: ({ id }) => roleIn(user.getTeam(id)) },
    {
      id: "external",
      head: words.columns.external,
      width: 20,
      wide: true,
      cell: (team) => team.external_id && <span className="ks-mono ks-cut">{team.external_id}</span>,
    },
    {
      id: "created",
      head: words.columns.created,
      width: 16,
      narrow: 32,
      cell: (team) => <Time at={new Date(team.created_at)} />,
    },
  ];
  return (
    <>
      <Head title={words.title} about={admin ? words.aboutAll : words.aboutMine}>
        {create}
      </Head>
      {(admin || typed !== "" || list.rows.length > 8) && (
        <div className="ks-bar">
          <Search label={words.search} value={typed} onChange={setTyped} />
        </div>
      )}
      {list.waiting ? (
        <Waiting lines={5} />
      ) : none && list.error ? (
        <Failed error={list.error} onRetry={list.again} />
      ) : none ? (
        <Blank icon="people" title={q ? words.notFound : words.empty}>
          {!q && <p className="ks-soft">{admin ? words.emptyAdmin : words.emptyMember}</p>}
          {!q && create}
        </Blank>
      ) : (
        <Table label={words.title} columns={columns} list={list} id={(team) => team.id} />
      )}
      {creating && <CreateTeam onClose={() => setCreating(false)} />}
    </>
  );
}

function roleIn(team: { role: "admin" | "member" | null } | null) {
  return team?.role ? words.roles[team.role] : <span className="ks-soft">–</span>;
}
