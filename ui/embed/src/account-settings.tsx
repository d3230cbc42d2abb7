// A person's account page: their keys, those of their teams, and who they are here.

import { Blank, Waiting } from "@keystead/parts/states.tsx";
import { Surface } from "@keystead/parts/surface.tsx";
import { type Tab, Tabs } from "@keystead/parts/tabs.tsx";
import { Suspense, useState, useSyncExternalStore } from "react";
import css from "./account/account.css";
import { Profile } from "./account/profile.tsx";
import { Teams } from "./account/teams.tsx";
import { KeyPanel } from "./key-panel.tsx";
import { type HookedUser, useUser } from "./use-user.ts";
import { accountWords as words } from "./words.ts";

export interface AccountSettingsProps {
  /** With a heading and margins, as a page of its own. */
  fullPage?: boolean;
}

const sheets = [css];
/** More teams than this are picked from a list. */
const TEAM_TABS = 4;
const never = () => () => {};

/**
 * A person's account: tabs with their API keys, those of each team where they may manage them, and their profile.
 *
 * @example
 * <KeysteadProvider baseUrl="https://keys.example.com" token={fetchPortalToken}>
 *   <AccountSettings fullPage />
 * </KeysteadProvider>
 */
export function AccountSettings({ fullPage = false }: AccountSettingsProps) {
  // Drawn in the browser alone, also where the page around it is drawn on a server.
  const inBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  if (!inBrowser) return null;
  return (
    <Surface css={sheets}>
      <div className="ks-account" data-page={fullPage || undefined} part="account">
        {fullPage && <h1 className="ks-title">{words.title}</h1>}
        <Suspense fallback={<Waiting lines={5} />}>
          <Sections />
        </Suspense>
      </div>
    </Surface>
  );
}

function Sections() {
  const user = useUser();
  const [picked, setPicked] = useState("keys");
  if (!user)
    return (
      <Blank icon="person" title={words.nobody}>
        <p className="ks-soft">{words.nobodyWhy}</p>
      </Blank>
    );
  return <Tabs label={words.tabs} tabs={tabsOf(user)} picked={picked} onPick={setPicked} />;
}

function tabsOf(user: HookedUser): Tab[] {
  const teams = user.teams.filter((team) => team.mayManageApiKeys);
  const each: Tab[] = teams.map((team) => ({
    id: team.id,
    text: team.displayName,
    content: <KeyPanel key={team.id} owner={team} />,
  }));
  const many: Tab = { id: "teams", text: words.teams, content: <Teams teams={teams} /> };
  return [
    { id: "keys", text: words.keys, content: <KeyPanel owner={user} /> },
    ...(teams.length > TEAM_TABS ? [many] : each),
    { id: "profile", text: words.profile, content: <Profile user={user} /> },
  ];
}
