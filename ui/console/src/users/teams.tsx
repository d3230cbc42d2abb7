// The teams that a user is in. They are brought in and taken out on a team's page.

import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import type { WireTeam } from "@keystead/sdk";
import { Link } from "wouter";
import { useRows } from "../lib/rows.ts";
import { type Column, Table } from "../lib/table.tsx";
import { words } from "./words.ts";

const columns: Column<WireTeam>[] = [
  {
    id: "name",
    head: words.columns.name,
    width: 60,
    cell: (team) => (
      <Link to={`/teams/${team.id}/members`} className="ks-cut ks-open" title={team.name}>
        {team.name}
      </Link>
    ),
  },
  {
    id: "external",
    head: words.field.external,
    width: 40,
    cell: (team) => team.external_id && <span className="ks-mono ks-cut">{team.external_id}</span>,
  },
];

export function UserTeams({ id }: { id: string }) {
  const list = useRows<WireTeam>("/v1/teams", { member: id });
  if (list.waiting) return <Waiting lines={3} />;
  if (list.rows.length > 0)
    return <Table label={words.teams.label} columns={columns} list={list} id={(team) => team.id} />;
  if (list.error) return <Failed error={list.error} onRetry={list.again} />;
  return (
    <Blank icon="people" title={words.teams.none}>
      <p className="ks-soft">{words.teams.how}</p>
    </Blank>
  );
}
