// What the audit log says: of each action a sentence's worth, and of each kind of actor a name.

export const words = {
  title: "Audit log",
  about:
    "Every change, by whom and from where. Each entry is chained to the one before it, so nothing can be taken out unseen.",
  list: "Entries of the audit log",
  empty: "Nothing matches",
  emptyWhy: "No entry fits all of what is chosen above.",
  reset: "Show everything",
  filter: {
    who: "Who",
    what: "What",
    id: "Of (an id)",
    idHint: "usr_…, team_…, key_…",
    from: "From",
    to: "To",
    any: "Anything",
  },
  only: "Only by",
  columns: { at: "When", action: "What", actor: "Who", subject: "Of" },
  export: "Export",
  verify: {
    button: "Verify the chain",
    checking: "Checking every entry…",
    good: (count: number) =>
      `The chain is whole: ${count.toLocaleString()} ${count === 1 ? "entry is" : "entries are"} as they were written.`,
    bad: "The chain is broken: somebody has changed the log outside of this server.",
    firstBad: (seq: number) => `The first entry that is not as it was written is number ${seq.toLocaleString()}.`,
    head: "The end of the chain. Keep it somewhere else, and later even an older log put back whole is found out:",
    headName: "the end of the chain",
    close: "Close",
  },
  detail: {
    at: "When",
    actor: "Who",
    subject: "Of",
    owner: "Owner",
    request: "Request",
    address: "Address",
    seq: "Number in the chain",
    id: "Id",
    changed: "What changed",
    more: "More about it",
    field: "Field",
    before: "Before",
    after: "After",
    value: "Value",
    onlyActor: "Everything by them",
    onlySubject: "Everything about it",
    none: "Nothing more was written down.",
    empty: "nothing",
    added: "added",
    removed: "removed",
  },
  actors: {
    person: "Person",
    key: "Key",
    panel: "Embedded panel of",
    cli: "Command line, user",
    configuration: "Configuration",
    setup: "Setup link",
    nobody: "Somebody not signed in",
  },
  kinds: [
    ["", "Anybody"],
    ["person:", "People"],
    ["key:", "Keys (backends)"],
    ["panel:", "Embedded panels"],
    ["cli:", "Command line"],
    ["configuration", "Configuration"],
    ["setup", "Setup link"],
    ["nobody", "Not signed in"],
  ] as const,
};

/** By what they are about, in the order of the choice. */
export const actions: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    "Keys",
    {
      "key.created": "Key created",
      "key.changed": "Key changed",
      "key.rotated": "Key rotated",
      "key.revoked": "Key revoked",
      "key.secret_ended": "Former secret ended",
      "key.transferred": "Key moved",
      "key.credits_added": "Credits added",
      "key.imported": "Key imported",
      "key.purged": "Key removed for good",
      "signing_key.created": "Signing key created",
    },
  ],
  ["Leaks", { "leak.reported": "Leak reported", "leak.judged": "Leak judged" }],
  [
    "People",
    {
      "user.created": "User added",
      "user.invited": "User invited",
      "user.changed": "User changed",
      "user.unlocked": "User unlocked",
      "user.removed": "User removed",
      "invitation.accepted": "Invitation accepted",
    },
  ],
  [
    "Teams",
    {
      "team.created": "Team created",
      "team.changed": "Team changed",
      "team.removed": "Team removed",
      "member.added": "Member added",
      "member.changed": "Member changed",
      "member.removed": "Member removed",
    },
  ],
  [
    "Signing in",
    {
      "session.created": "Signed in",
      "session.refused": "Sign-in refused",
      "session.confirmed": "Password confirmed",
      "session.ended": "Signed out",
      "sessions.ended": "Sessions ended",
      "password.changed": "Password changed",
      "password.refused": "Password refused",
      "second_factor.begun": "Second factor begun",
      "second_factor.enabled": "Second factor on",
      "second_factor.failed": "Second factor refused",
      "second_factor.removed": "Second factor off",
      "recovery_code.used": "Recovery code used",
      "recovery_codes.renewed": "Recovery codes renewed",
      "identity.linked": "Account linked",
      "identity.unlinked": "Account unlinked",
      "break_glass.armed": "Emergency access armed",
      "break_glass.disarmed": "Emergency access disarmed",
      "portal_session.created": "Panel opened",
      "portal_session.exchanged": "Panel link used",
      "portal_session.ended": "Panel closed",
    },
  ],
  [
    "Instance",
    {
      "settings.changed": "Settings changed",
      "role.created": "Role created",
      "role.changed": "Role changed",
      "role.removed": "Role removed",
      "setup.refused": "Setup refused",
    },
  ],
];

const every: Readonly<Record<string, string>> = Object.assign({}, ...actions.map(([, some]) => some));

/** An action that this page does not know yet goes by its own name. */
export const actionWords = (action: string): string => every[action] ?? action;

/** `scopes_grantable` as people write it. */
export const fieldWords = (field: string): string => {
  const text = field.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};
