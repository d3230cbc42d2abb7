// The pages that one-time links open, signing in, and the account of whoever is signed in. The server sends the HTML; this makes it work.

import { account } from "./account";
import { invitation, setup, signIn } from "./enter";

const pages: Record<string, () => void> = { setup, invitation, "sign-in": signIn, account };

pages[location.pathname.slice(1)]?.();
