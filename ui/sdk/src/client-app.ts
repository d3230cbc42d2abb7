// The app of a page: it acts for one person, by a portal token of the host application or by a session of Keystead's own pages.

import { App, type AppOptions } from "./app.ts";
import { ApiError } from "./error.ts";
import type { TokenSource } from "./token.ts";
import { CurrentUser } from "./user.ts";
import type { WireMe } from "./wire.ts";

/**
 * Of the app of a page: either `token` or `session`.
 *
 * @example
 * const options: ClientAppOptions = { baseUrl: "https://keys.example.com", token: "ptl_…", signInUrl: "/login" };
 */
export interface ClientAppOptions extends AppOptions {
  /** A portal token, or a function that fetches one from your backend; it is called again when the old one has ended. */
  token?: string | TokenSource;
  /** True on pages that the Keystead server serves itself: the session cookie says who it is. */
  session?: boolean;
  /** Where to send somebody who is not signed in, for `useUser({ or: "redirect" })`. */
  signInUrl?: string;
}

/**
 * The app of a page.
 *
 * @example
 * const app = new KeysteadClientApp({
 *   baseUrl: "https://keys.example.com",
 *   token: () => fetch("/portal-token", { method: "POST" }).then((answer) => answer.text()),
 * });
 * const user = await app.getUser({ or: "throw" });
 * await user.createApiKey({ description: "laptop", expiresAt: null });
 */
export class KeysteadClientApp extends App {
  readonly signInUrl: string | null;

  constructor(options: ClientAppOptions) {
    const { token, session, signInUrl, ...rest } = options;
    if ((token === undefined) === (session !== true)) throw new TypeError("give either token or session: true");
    super(rest, token === undefined ? { session: true } : { token });
    this.signInUrl = signInUrl ?? null;
  }

  /**
   * The person that this app acts for; null, or an error with `{ or: "throw" }`, where there is none.
   *
   * @example
   * const user = await app.getUser();
   * if (user) console.log(user.displayName, user.teams.length);
   */
  async getUser(options: { or: "throw"; signal?: AbortSignal | undefined }): Promise<CurrentUser>;
  async getUser(options?: {
    or?: "return-null" | "throw";
    signal?: AbortSignal | undefined;
  }): Promise<CurrentUser | null>;
  async getUser(
    options: { or?: "return-null" | "throw"; signal?: AbortSignal | undefined } = {},
  ): Promise<CurrentUser | null> {
    try {
      const { data } = await this.request<WireMe>("GET", "/v1/me", { signal: options.signal });
      if (data.user === null)
        throw new ApiError({ status: 401, code: "unauthenticated", message: "This credential is no person's." });
      return new CurrentUser({ ...data, user: data.user }, this.origin);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && options.or !== "throw") return null;
      throw error;
    }
  }
}
