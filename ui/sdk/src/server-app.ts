// The app of a backend: it has a secret key with keystead: scopes, and asks about anybody.

import { App, type AppOptions } from "./app.ts";
import { ApiError } from "./error.ts";
import { Team } from "./team.ts";
import { User } from "./user.ts";
import { type Verdict, type VerifyOptions, verdict, verifyBody, type WireVerdict } from "./verify.ts";
import type { WireTeam, WireUser } from "./wire.ts";

export interface ServerAppOptions extends AppOptions {
  /** A key with `keystead:` scopes, made by `keystead admin token` or in the console. Never put it into a page. */
  secretKey: string;
}

/**
 * The app of a backend.
 *
 * @example
 * const app = new KeysteadServerApp({ baseUrl: process.env.KEYSTEAD_URL!, secretKey: process.env.KEYSTEAD_TOKEN! });
 * const user = await app.getUser({ apiKey });
 * if (!user) return new Response("missing or invalid API key", { status: 401 });
 */
export class KeysteadServerApp extends App {
  constructor(options: ServerAppOptions) {
    const { secretKey, ...rest } = options;
    super(rest, { token: secretKey });
  }

  /** A user by id, or the one whose valid key this is; null where there is none. */
  async getUser(which: string | { apiKey: string }): Promise<User | null> {
    const id = await this.#owner(which, "user");
    const wire = id === null ? null : await this.#found<WireUser>(`/v1/users/${encodeURIComponent(id)}`);
    return wire && new User(wire, this.origin);
  }

  /** A team by id, or the one whose valid key this is; null where there is none. */
  async getTeam(which: string | { apiKey: string }): Promise<Team | null> {
    const id = await this.#owner(which, "team");
    const wire = id === null ? null : await this.#found<WireTeam>(`/v1/teams/${encodeURIComponent(id)}`);
    return wire && new Team(wire, this.origin);
  }

  /**
   * Judges a key: is it good, for this, now, and whose is it? A refused key is an answer and no error.
   *
   * @example
   * const verdict = await app.verifyApiKey({ apiKey, scopes: ["invoices:read"], ip: request.ip });
   * if (!verdict.valid) return refuse(verdict.code);
   */
  async verifyApiKey(options: VerifyOptions): Promise<Verdict> {
    const { signal } = options;
    const { data } = await this.request<WireVerdict>("POST", "/v1/api-keys/verify", {
      body: verifyBody(options),
      signal,
    });
    return verdict(data);
  }

  async #owner(which: string | { apiKey: string }, type: "user" | "team"): Promise<string | null> {
    if (typeof which === "string") return which;
    const { valid, owner } = await this.verifyApiKey({ apiKey: which.apiKey });
    return valid && owner?.type === type ? owner.id : null;
  }

  async #found<T>(path: string): Promise<T | null> {
    try {
      return (await this.request<T>("GET", path)).data;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }
}
