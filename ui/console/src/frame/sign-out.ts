// Ends the session, and leaves with everything that the page has in memory.

import { app } from "../lib/app.ts";
import { enter } from "../lib/way.ts";

export async function signOut(): Promise<void> {
  await app.request("DELETE", "/v1/sessions/current");
  enter("/sign-in");
}
