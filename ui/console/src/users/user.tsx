// One user, as an admin sees them: their keys, and their account.

import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { KeyPanel, useUser } from "@keystead/react";
import type { WireUser } from "@keystead/sdk";
import { useMemo } from "react";
import { app } from "../lib/app.ts";
import { Head, Parts } from "../lib/head.tsx";
import { useOne } from "../lib/rows.ts";
import { UserAccount } from "./account.tsx";
import { StatusBadge } from "./status.tsx";
import { UserTeams } from "./teams.tsx";
import { words } from "./words.ts";

export function UserPage({ id, part }: { id: string; part: string }) {
  const { one: user, etag, error, refetch } = useOne<WireUser>(`/v1/users/${encodeURIComponent(id)}`);
  const back = { to: "/users", text: words.back };
  if (!user)
    return (
      <>
        <Head title={words.title} back={back} />
        {error ? <Failed error={error} onRetry={refetch} /> : <Waiting lines={6} />}
      </>
    );
  const root = `/users/${id}`;
  const parts = [
    [root, words.parts.keys],
    [`${root}/teams`, words.parts.teams],
    [`${root}/account`, words.parts.account],
  ] as const;
  return (
    <>
      <Head title={user.name} about={user.email ?? user.external_id} back={back}>
        {user.role === "admin" && <span className="ks-tag">{words.roles.admin}</span>}
        <StatusBadge status={user.status} />
      </Head>
      <Parts label={words.parts.label} parts={parts} at={part === "keys" ? root : `${root}/${part}`} />
      {part === "account" && <UserAccount user={user} etag={etag} />}
      {part === "teams" && <UserTeams id={user.id} />}
      {part === "keys" && <Keys user={user} />}
    </>
  );
}

function Keys({ user }: { user: WireUser }) {
  const me = useUser({ or: "redirect" });
  const owner = useMemo(() => (user.id === me.id ? me : app.asUser(user, me)), [user, me]);
  return <KeyPanel owner={owner} />;
}
