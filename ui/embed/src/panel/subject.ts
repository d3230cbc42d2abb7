// Whose keys a panel shows, and what may be done there: worked out once, so that nothing else asks who it is.

import {
  type ApiKey,
  CurrentTeam,
  type CurrentUser,
  type KeysteadClientApp,
  type ListApiKeysOptions,
  type Page,
  type Policy,
} from "@keystead/sdk";

export interface Subject {
  /** The owner's id, or `all`. */
  id: string;
  kind: "user" | "team" | "all";
  name: string;
  /** Null where the list may not even be asked for. */
  list: ((options: ListApiKeysOptions & { owner?: string }) => Promise<Page<ApiKey>>) | null;
  /** Makes a key; null where nobody may, or nobody is meant. */
  create: (CurrentUser | CurrentTeam)["createApiKey"] | null;
  terms: Terms;
  /** Who is looking. */
  me: CurrentUser;
}

/** What a form offers. */
export interface Terms {
  /** What binds this person; null for admins, whom the switches don't bind. */
  policy: Policy | null;
  scopesGrantable: readonly string[];
  /** May they set rate limits and credits? */
  maySetTerms: boolean;
  /** May they make live keys? */
  live: boolean;
  /** The lifetime that is offered, in days; 0 is none. */
  defaultDays: number;
}

export function subject(owner: CurrentUser | CurrentTeam | "all", me: CurrentUser, app: KeysteadClientApp): Subject {
  const admin = me.role === "admin";
  const terms = {
    policy: admin ? null : me.policy,
    maySetTerms: me.maySetTerms,
    live: admin || me.policy?.live_keys !== "admins",
    defaultDays: me.policy?.default_lifetime_days ?? 0,
  };
  if (owner === "all") {
    return {
      id: "all",
      kind: "all",
      name: "",
      list: admin ? (options) => app.listApiKeysPage(options) : null,
      create: me.createApiKey.bind(me),
      terms: { ...terms, scopesGrantable: me.scopesGrantable },
      me,
    };
  }
  const team = owner instanceof CurrentTeam ? owner : null;
  const allowed = team ? me.policy?.allow_team_api_keys : me.policy?.allow_user_api_keys;
  return {
    id: owner.id,
    kind: team ? "team" : "user",
    name: owner.displayName,
    list: !team || team.mayManageApiKeys || admin ? (options) => owner.listApiKeysPage(options) : null,
    create: admin || allowed !== false ? owner.createApiKey.bind(owner) : null,
    terms: { ...terms, scopesGrantable: owner.scopesGrantable },
    me,
  };
}
