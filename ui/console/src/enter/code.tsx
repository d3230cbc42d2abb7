// The second factor at an entrance: asked for once the rest was right, of those who have one.

import { TextField } from "@keystead/parts/field.tsx";
import { ApiError } from "@keystead/sdk";
import { useState } from "react";
import { words } from "./words.ts";

/** Answers false where a code is asked for that nobody was asked for before. */
type Sends = (send: () => Promise<unknown>) => Promise<boolean>;

export function useCode(): [asked: boolean, sends: Sends] {
  const [asked, setAsked] = useState(false);
  const sends: Sends = async (send) => {
    try {
      await send();
      return true;
    } catch (error) {
      if (asked || !(error instanceof ApiError) || error.field !== "/code") throw error;
      setAsked(true);
      return false;
    }
  };
  return [asked, sends];
}

export function CodeField({ wrong }: { wrong: string | null }) {
  return (
    <TextField
      label={words.field.code}
      name="code"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={64}
      required
      autoFocus
      wrong={wrong}
    />
  );
}
