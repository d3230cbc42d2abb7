// A page of one's own, made of hooks: the person's keys, and a button for each of their teams.

import { useUser } from "@keystead/react";
import { CreateTeamKey } from "../samples/create-team-key.tsx";
import { CreateUserKey } from "../samples/create-user-key.tsx";
import { Keys } from "../samples/list-check-revoke.tsx";

export function HooksPage() {
  const user = useUser({ or: "redirect" });
  return (
    <>
      <h1>Keys of {user.displayName}</h1>
      <CreateUserKey />
      <Keys />
      {user.teams.map(({ id, displayName }) => (
        <section key={id}>
          <h2>{displayName}</h2>
          <CreateTeamKey teamId={id} />
          <TeamKeys id={id} />
        </section>
      ))}
    </>
  );
}

function TeamKeys({ id }: { id: string }) {
  const team = useUser({ or: "redirect" }).useTeam(id);
  const keys = team?.useApiKeys() ?? [];
  return (
    <ul>
      {keys.map((key) => (
        <li key={key.id}>{key.description}</li>
      ))}
    </ul>
  );
}
