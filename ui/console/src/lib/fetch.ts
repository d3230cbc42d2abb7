// Every request of the console passes here: it notices when the session has ended, and whether the server can be reached.

import { noteReach } from "./reach.ts";
import { atEntrance, toSignIn } from "./way.ts";

export const watchedFetch: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init).catch((error: unknown) => {
    if (!init?.signal?.aborted) noteReach(false);
    throw error;
  });
  noteReach(true);
  if (answer.status === 401 && !atEntrance()) {
    toSignIn();
    // The page is leaving: nobody waits for this answer any more.
    await new Promise(() => {});
  }
  return answer;
};
