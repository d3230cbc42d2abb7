// What the pages say that let people in.

export const words = {
  signIn: {
    title: "Sign in",
    back: "Sign in to go on where you were.",
    verb: "Sign in",
    forgotten: "No password yet, or forgotten? An admin of this server gives you a link to set one.",
    first: "Is nobody here yet?",
    firstHow:
      "When it starts for the first time, the server prints a link to its log (standard error). Whoever opens it makes the first admin.",
    or: "or",
    with: (provider: string) => `Sign in with ${provider}`,
    password: "Sign in with a password instead",
    passwordWhy: "Only for admins, on a day on which the provider fails.",
  },
  setup: {
    title: "Set Keystead up",
    text: "You make the first account here. It is an admin's: it sees and does everything on this server.",
    verb: "Create the admin",
    broken: "This link is not whole: open it as the server printed it, with everything behind the #.",
  },
  invitation: {
    title: "Choose a password",
    text: "With it and your e-mail you sign in from now on. The link that brought you here works once.",
    verb: "Save and sign in",
    broken: "This link is not whole: open it as it was sent to you, with everything behind the #.",
  },
  field: {
    email: "E-mail",
    name: "Name",
    password: "Password",
    passwordHint: "8 characters at least; 15 or more are better. Any characters, also spaces.",
    code: "Code of your authenticator app, or a recovery code",
  },
  home: "Go to the sign-in",
} as const;
