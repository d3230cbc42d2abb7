// Sends changes of a user, with the password once more where an admin's account or a role is changed.

import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import type { WireUser } from "@keystead/sdk";
import { words } from "./words.ts";

export function useChanges(user: WireUser, etag: string | null, sure: () => Promise<boolean>) {
  const { app, cache } = useHeld();
  const say = useToast();
  const path = `/v1/users/${user.id}`;
  /** Says what was done, and reads anew whatever shows it. */
  async function told(text: string) {
    say(text);
    const stale = [[path], ["/v1/users"], ["me"]];
    await Promise.all(stale.map((queryKey) => cache.invalidateQueries({ queryKey })));
  }
  /** False where the reader would rather not. */
  async function change(body: Record<string, unknown>): Promise<boolean> {
    if ((user.role === "admin" || "role" in body) && !(await sure())) return false;
    await app.request("PATCH", path, { body, headers: etag ? { "If-Match": etag } : {} });
    await told(words.account.saved(user.name));
    return true;
  }
  return { change, told };
}
