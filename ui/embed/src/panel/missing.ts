// What must be filled in before anything is sent. Pure; everything else is the server's to judge.

import type { Draft } from "./draft.ts";
import { expiresAt } from "./expiry.ts";
import { form } from "./words.ts";

export interface Missing {
  description?: string;
  expiry?: string;
}

export function missing({ description, expiry }: Draft, now: Date): Missing {
  const undated = expiry.choice === "date" && expiresAt(expiry, now) === undefined;
  return {
    ...(description.trim() === "" && { description: form.descriptionMissing }),
    ...(expiry.choice === "" && { expiry: form.expiryMissing }),
    ...(undated && { expiry: form.dateMissing }),
  };
}
