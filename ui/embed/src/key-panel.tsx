// The panel: an owner's keys, and everything that can be done with them.

import { Surface } from "@keystead/parts/surface.tsx";
import type { CurrentTeam, CurrentUser } from "@keystead/sdk";

export interface KeyPanelProps {
  /** Whose keys: a user or a team of `useUser()`. */
  owner: CurrentUser | CurrentTeam;
}

export function KeyPanel({ owner }: KeyPanelProps) {
  return (
    <Surface>
      <p>{owner.id}</p>
    </Surface>
  );
}
