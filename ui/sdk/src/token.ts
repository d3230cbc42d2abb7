// Who the client is: a token, or a function that fetches one. Requests that begin together wait for one fetch.

import { ApiError } from "./error.ts";
import { unlessAborted } from "./wait.ts";

/** How the client shows who it is. */
export type Credential =
  /** A portal token (in browsers) or a secret key (on servers), or a function that fetches one; it is asked anew when the old one has ended. */
  | { token: string | TokenSource }
  /** The session cookie: for pages that the Keystead server serves itself. */
  | { session: true };

/**
 * Fetches a token from your own backend. `stale` is one that the server has refused, or null the first time. Its time limit is its own.
 *
 * @example
 * const token: TokenSource = () => fetch("/portal-token", { method: "POST" }).then((answer) => answer.text());
 */
export type TokenSource = (why: { stale: string | null }) => string | Promise<string>;

/** @internal Holds the token in memory, and nowhere else. */
export class Token {
  readonly #source: TokenSource | null;
  #value: string | null = null;
  #stale: string | null = null;
  #fetching: Promise<string> | null = null;

  constructor(credential: Credential) {
    const { token = null } = credential as { token?: string | TokenSource };
    this.#source = typeof token === "function" ? token : null;
    if ("token" in credential && this.#source === null) this.#value = tidy(token);
  }

  /** The token, or null where a cookie says who it is. */
  async current(signal?: AbortSignal): Promise<string | null> {
    if (this.#source === null || this.#value !== null) return this.#value;
    this.#fetching ??= this.#fetch(this.#source);
    return unlessAborted(this.#fetching, signal);
  }

  /** The server has refused this one. True where it is worth asking with another. */
  refused(token: string): boolean {
    if (this.#source === null) return false;
    // What was refused to requests that began together is asked for once.
    if (this.#value === token) {
      this.#stale = token;
      this.#value = null;
    }
    return true;
  }

  async #fetch(source: TokenSource): Promise<string> {
    try {
      this.#value = tidy(await source({ stale: this.#stale }));
      return this.#value;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      const message = "This page could not get a token from its own server: try again.";
      throw new ApiError({ status: 0, code: "no_token", message }, { cause: error });
    } finally {
      this.#fetching = null;
    }
  }
}

/** Without the line end that a file or an answer may have. What no header can carry is no token. */
function tidy(token: unknown): string {
  const text = typeof token === "string" ? token.trim() : "";
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new TypeError("a token is one word of visible characters: what was given is none");
  return text;
}
