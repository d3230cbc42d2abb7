// One thing that is being done: is it under way, and what went wrong. The answer goes to whoever asked, and is kept nowhere: it may hold a key.

import { sentence } from "@keystead/parts/states.tsx";
import { ApiError } from "@keystead/sdk";
import { useRef, useState } from "react";

export interface Act {
  busy: boolean;
  error: unknown;
  /** Runs it unless it is running; true where it went well. */
  run(act: () => Promise<void>): Promise<boolean>;
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef(false);
  async function run(act: () => Promise<void>) {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await act();
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }
  return { busy, error, run };
}

/** The server's sentence about one of these fields (or what is in it), where the failure is about that. */
export function wrongAt(error: unknown, ...fields: string[]): string | null {
  if (!(error instanceof ApiError) || error.field === null) return null;
  const { field, message } = error;
  return fields.some((name) => field === name || field.startsWith(`${name}/`)) ? sentence(message) : null;
}
