// One team: its keys, its members, and what it is. What somebody may not see is not asked for.

import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { KeyPanel, useUser } from "@keystead/react";
import type { Permission, WireTeam } from "@keystead/sdk";
import { useMemo } from "react";
import { app } from "../lib/app.ts";
import { Head, Parts } from "../lib/head.tsx";
import { useOne } from "../lib/rows.ts";
import { Members } from "./members.tsx";
import { TeamSettings } from "./settings.tsx";
import { words } from "./words.ts";

/** What the reader may do in the team. */
export type May = (permission: Permission) => boolean;

export function TeamPage({ id, part }: { id: string; part: string }) {
  const user = useUser({ or: "redirect" });
  const { one: team, etag, error, refetch } = useOne<WireTeam>(`/v1/teams/${encodeURIComponent(id)}`);
  const back = { to: "/teams", text: words.back };
  const mine = user.getTeam(id);
  const admin = user.role === "admin";
  const may: May = (permission) => admin || (mine?.permissions.includes(permission) ?? false);
  if (!team)
    return (
      <>
        <Head title={words.title} back={back} />
        {error ? <Failed error={error} onRetry={refetch} /> : <Waiting lines={6} />}
      </>
    );
  const root = `/teams/${id}`;
  const parts = [
    [root, words.parts.keys],
    [`${root}/members`, words.parts.members],
    [`${root}/settings`, words.parts.settings],
  ] as const;
  return (
    <>
      <Head title={team.name} back={back} />
      <Parts label={words.parts.label} parts={parts} at={part === "keys" ? root : `${root}/${part}`} />
      {part === "members" ? (
        <Members team={team} may={may} />
      ) : part === "settings" ? (
        <TeamSettings key={etag} team={team} etag={etag} may={may} />
      ) : (
        <Keys team={team} may={may} />
      )}
    </>
  );
}

function Keys({ team, may }: { team: WireTeam; may: May }) {
  const mine = useUser({ or: "redirect" }).getTeam(team.id);
  const owner = useMemo(() => mine ?? app.asTeam(team), [mine, team]);
  if (may("$manage_api_keys")) return <KeyPanel owner={owner} />;
  return (
    <Blank icon="key" title={words.noKeys}>
      <p className="ks-soft">{words.noKeysWhy}</p>
    </Blank>
  );
}
