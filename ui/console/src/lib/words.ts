// What several pages say.

export const lib = {
  cancel: "Cancel",
  save: "Save",
  saved: "Saved",
  never: "never",
  none: "None",
  more: "Loading more…",
  needed: "This is needed",
  throttled: (seconds: number) =>
    `Too many attempts: try again in ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}`,
  rows: (rows: number, more: boolean) =>
    `${rows.toLocaleString()}${more ? "+" : ""} ${rows === 1 && !more ? "entry" : "entries"}`,
  sure: {
    title: "Is it you?",
    why: "This changes what somebody may do here, so give your password once more. It counts for ten minutes.",
    password: "Password",
    code: "Code of your authenticator app, or a recovery code",
    verb: "Go on",
  },
  pick: {
    none: "Nobody by that name",
    search: "Name or e-mail",
    type: "Type to search",
    user: "Person",
    team: "Team",
  },
  fate: {
    label: "What becomes of the keys",
    revoke: "Revoke them",
    revokeHint: "Every request with one of them fails from the next call on.",
    move: "Move them to somebody else",
    moveHint: "They go on as they are, for their new owner.",
    to: "Who gets them",
    required: "Choose who gets the keys.",
  },
  limits: {
    label: "Rate limits that all keys share",
    hint: "One per line: name, how many, and per how many seconds, as in: default 1000 60",
    wrong: "Each line needs a name, a number and a number of seconds, as in: default 1000 60",
  },
  scopes: {
    label: "Scopes that keys may have",
    hint: "Separated by blanks or lines, as in: invoices:read invoices:write. * is every one.",
  },
};
