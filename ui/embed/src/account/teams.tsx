// The keys of one of many teams.

import { SelectField } from "@keystead/parts/field.tsx";
import type { CurrentTeam } from "@keystead/sdk";
import { useState } from "react";
import { KeyPanel } from "../key-panel.tsx";
import { accountWords as words } from "../words.ts";

export function Teams({ teams }: { teams: readonly CurrentTeam[] }) {
  const [picked, setPicked] = useState(teams[0]?.id);
  const team = teams.find(({ id }) => id === picked) ?? teams[0];
  if (!team) return null;
  return (
    <>
      <div className="ks-team-choice">
        <SelectField label={words.team} value={team.id} onChange={(event) => setPicked(event.currentTarget.value)}>
          {teams.map(({ id, displayName }) => (
            <option key={id} value={id}>
              {displayName}
            </option>
          ))}
        </SelectField>
      </div>
      <KeyPanel key={team.id} owner={team} />
    </>
  );
}
