// Every English sentence of this package that stands outside the panel, in one place, ready for translation.

export const accessWords = {
  asking: "Renewing access to this page…",
  ended: "Access has ended. Reload the page, or sign in to it again; nothing you typed is lost until then.",
  retry: "Try again",
  foreign:
    "The server keeps its answers from this page: the portal session was not made for its origin. Name the origin as allowed_origin where your backend opens the session.",
  noTeam: "These keys cannot be shown here",
  noTeamWhy: "You are not in this team, or this page was not opened for it.",
} as const;

export const accountWords = {
  title: "Account settings",
  tabs: "Sections of your account",
  keys: "API keys",
  profile: "Profile",
  teams: "Teams",
  team: "Team",
  name: "Name",
  email: "E-mail",
  id: "Id",
  none: "not known here",
  nobody: "Nobody is signed in",
  nobodyWhy: "Sign in, and open this page again.",
  profileWhy: "Who your keys belong to. The application that you came from keeps these.",
} as const;

export const portalWords = {
  title: "API keys",
  opening: "Opening…",
  gone: "This link has been used, or is older than a minute",
  goneWhy: "Each link opens this page once. Go back to your application and open it again from there.",
  ended: "This page's time is up. Open it again from your application; what you typed stays here until you close it.",
} as const;
