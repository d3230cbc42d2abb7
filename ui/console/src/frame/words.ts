// What the frame of the console says.

export const words = {
  skip: "Skip to the page",
  pages: "Pages",
  menu: "Menu",
  home: "Keystead: API keys",
  search: "Search",
  nav: {
    keys: "API keys",
    teams: "Teams",
    users: "Users",
    usage: "Usage",
    audit: "Audit log",
    leaks: "Leaks",
    settings: "Settings",
    account: "Account",
  },
  person: {
    label: (who: string) => `${who}: account and sign-out`,
    account: "Account",
    shortcuts: "Keyboard shortcuts",
    docs: "Documentation",
    out: "Sign out",
  },
  notFound: {
    title: "There is nothing at this address",
    text: "The link may be old, or part of it is missing.",
    home: "Go to the API keys",
  },
  forAdmins: {
    title: "This page is for admins",
    text: "Ask an admin of this server for what you need here.",
  },
  broken: {
    title: "This page has failed",
    text: "Nothing of yours is lost: what was saved before is on the server.",
    reload: "Load the page anew",
  },
  unreachable: {
    offline: "You are offline. What you see may be out of date.",
    server: "The server does not answer. What you see may be out of date.",
    again: "Try again",
  },
  palette: {
    title: "Search and go",
    field: "Search pages, keys, teams, people and actions",
    none: "Nothing by that name",
    searching: "Searching…",
    groups: { pages: "Go to", actions: "Do", keys: "API keys", teams: "Teams", users: "Users" },
    actions: { create: "Create an API key", shortcuts: "Show the keyboard shortcuts", out: "Sign out" },
    hint: "↑ ↓ choose · ↵ open · Esc close",
  },
  shortcuts: {
    title: "Keyboard shortcuts",
    keys: "Keys",
    does: "What they do",
    list: {
      palette: "Search pages, keys, teams and people",
      help: "Show these shortcuts",
      go: (page: string) => `Go to ${page}`,
      search: "Search in the list of keys",
      create: "Create an API key",
      close: "Close what is open",
    },
    andThen: "then",
    single: "Shortcuts of single letters",
    singleHint:
      "Switch them off where speech input or another program types letters by itself. It is kept in this browser.",
    close: "Close",
  },
} as const;
