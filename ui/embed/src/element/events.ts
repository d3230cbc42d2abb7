// What the element tells its page. All of it bubbles and leaves shadow roots.

import type { KeyChange } from "@keystead/sdk";
import type { Asked } from "../access/access.ts";

/** Of `keystead-token-expired`. */
export interface TokenExpired {
  /** The token that has ended; null where there never was one. */
  stale: string | null;
  /** Gives another one, now or later. */
  respond(token: string | PromiseLike<string>): void;
}

/** Resolves when the scripts that the page came with have run: before, nobody can have begun to listen. */
export function pageIsReady(): Promise<void> {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
    window.addEventListener("load", () => resolve(), { once: true });
  });
}

/** Asks the page for a token. Whoever cancels the event shows its own news, and sets the token whenever there is one. */
export function askPage(element: HTMLElement, stale: string | null): Asked {
  const asked: Asked = { answer: null };
  const detail: TokenExpired = {
    stale,
    respond(token) {
      asked.answer ??= token;
    },
  };
  asked.quiet = !tell(element, "keystead-token-expired", detail, true);
  return asked;
}

/** Which key it was, and never the key itself. */
export function tellChange(element: HTMLElement, owner: string, change: KeyChange | null): void {
  if (change) tell(element, `keystead-key-${change.action}`, { id: change.keyId, owner });
}

export function tellReady(element: HTMLElement): void {
  tell(element, "keystead-ready", {});
}

function tell(element: HTMLElement, name: string, detail: object, cancelable = false): boolean {
  return element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
}
