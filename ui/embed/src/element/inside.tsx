// What stands in the element's shadow root: the panel of one owner, and news of its token.

import { Blank, Waiting } from "@keystead/parts/states.tsx";
import { Surface } from "@keystead/parts/surface.tsx";
import type { KeysteadClientApp } from "@keystead/sdk";
import { useEffect, useSyncExternalStore } from "react";
import type { Access } from "../access/access.ts";
import { Boundary } from "../access/boundary.tsx";
import { Notice } from "../access/notice.tsx";
import css from "../account/account.css";
import { KeyPanel } from "../key-panel.tsx";
import { KeysteadProvider } from "../provider.tsx";
import { useUser } from "../use-user.ts";
import { accessWords as words } from "../words.ts";

const sheets = [css];

interface InsideProps {
  app: KeysteadClientApp;
  access: Access;
  /** The id of a team; null for the person's own keys. */
  team: string | null;
  onReady: () => void;
}

export function Inside({ app, access, team, onReady }: InsideProps) {
  const chance = useSyncExternalStore(access.subscribe, () => access.revivals);
  return (
    <Surface css={sheets}>
      <Notice access={access} ended={words.ended} retry />
      <KeysteadProvider app={app} fallback={<Waiting lines={5} />}>
        <Boundary access={access} chance={chance}>
          <Keys team={team} onReady={onReady} />
        </Boundary>
      </KeysteadProvider>
    </Surface>
  );
}

function Keys({ team, onReady }: Pick<InsideProps, "team" | "onReady">) {
  const user = useUser();
  const there = user !== null;
  useEffect(() => {
    if (there) onReady();
  }, [there, onReady]);
  if (!user) return null;
  const owner = team === null ? user : user.getTeam(team);
  if (owner) return <KeyPanel key={owner.id} owner={owner} />;
  return (
    <Blank icon="people" title={words.noTeam}>
      <p className="ks-soft">{words.noTeamWhy}</p>
    </Blank>
  );
}
