// The app of a backend: it has a secret key with keystead: scopes, and asks about anybody.

import { App, type AppOptions } from "./app.ts";
import type { CallOptions } from "./client.ts";
import type { Page } from "./key.ts";
import { noneAt404 } from "./owner.ts";
import type { UserCreationOptions, UserFacts } from "./people.ts";
import { type ListPeopleOptions, peopleBody, type TeamCreationOptions, type TeamFacts } from "./people.ts";
import { ServerTeam } from "./server-team.ts";
import { ServerUser } from "./server-user.ts";
import { type Verdict, type VerifyOptions, verdict, verifyBody, type WireVerdict } from "./verify.ts";
import type { WireTeam, WireUser } from "./wire.ts";

/**
 * Of the app of a backend.
 *
 * @example
 * const options: ServerAppOptions = { baseUrl: "https://keys.example.com", secretKey: process.env.KEYSTEAD_TOKEN! };
 */
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
    if (typeof secretKey !== "string" || secretKey.trim() === "")
      throw new TypeError("secretKey is missing: `keystead admin token` prints one");
    super(rest, { token: secretKey });
  }

  /**
   * A user by id, or the one whose valid key this is; null where there is none. With a key it is a verification, and takes all that one takes;
   * the key of your backend needs `keystead:people:read`, and `keystead:verify` for keys.
   *
   * @example
   * const known = await app.getUser("usr_01k9…");
   * const caller = await app.getUser({ apiKey, ip: request.ip, scopes: ["invoices:read"] });
   */
  async getUser(which: string | VerifyOptions, call: CallOptions = {}): Promise<ServerUser | null> {
    const wire = await this.#owner<WireUser>(which, "user", call);
    return wire && new ServerUser(wire, this.origin);
  }

  /**
   * A team by id, or the one whose valid key this is; null where there is none. With a key it is a verification, as in `getUser`.
   *
   * @example
   * const team = await app.getTeam({ apiKey });
   */
  async getTeam(which: string | VerifyOptions, call: CallOptions = {}): Promise<ServerTeam | null> {
    const wire = await this.#owner<WireTeam>(which, "team", call);
    return wire && new ServerTeam(wire, this.origin);
  }

  /**
   * Judges a key: is it good, for this, now, and whose is it? A refused key is an answer and no error.
   *
   * @example
   * const verdict = await app.verifyApiKey({ apiKey, scopes: ["invoices:read"], ip: request.ip });
   * if (!verdict.valid) return refuse(verdict.code);
   */
  async verifyApiKey(options: VerifyOptions): Promise<Verdict> {
    const sent = { body: verifyBody(options), signal: options.signal };
    const { data } = await this.request<WireVerdict>("POST", "/v1/api-keys/verify", sent);
    return verdict(data);
  }

  /**
   * Makes a user. The key of your backend needs `keystead:people:write`, for this and what follows.
   *
   * @example
   * const user = await app.createUser({ externalId: "customer-42", displayName: "Maya" });
   */
  async createUser(options: UserCreationOptions, { signal }: CallOptions = {}): Promise<ServerUser> {
    const sent = { body: peopleBody(options), once: true, signal };
    return new ServerUser((await this.request<WireUser>("POST", "/v1/users", sent)).data, this.origin);
  }

  /**
   * The user with your own id, made or changed to be as you say: what a route that opens the panel begins with.
   *
   * @example
   * const user = await app.putUser("customer-42", { displayName: "Maya" });
   * const { token } = await user.createPortalSession({ allowedOrigin: "https://app.example.com" });
   */
  async putUser(externalId: string, facts: UserFacts = {}, { signal }: CallOptions = {}): Promise<ServerUser> {
    const path = `/v1/users/by-external-id/${encodeURIComponent(externalId)}`;
    const { data } = await this.request<WireUser>("PUT", path, { body: peopleBody(facts), signal });
    return new ServerUser(data, this.origin);
  }

  /**
   * One page of the users, newest first.
   *
   * @example
   * const { items } = await app.listUsers({ q: "maya" });
   */
  async listUsers(options: ListPeopleOptions & { email?: string } = {}): Promise<Page<ServerUser>> {
    const { items, nextCursor } = await this.#list<WireUser>("/v1/users", options);
    return { items: items.map((user) => new ServerUser(user, this.origin)), nextCursor };
  }

  /**
   * Makes a team.
   *
   * @example
   * const team = await app.createTeam({ displayName: "Acme", externalId: "org-7" });
   */
  async createTeam(options: TeamCreationOptions, { signal }: CallOptions = {}): Promise<ServerTeam> {
    const sent = { body: peopleBody(options), once: true, signal };
    return new ServerTeam((await this.request<WireTeam>("POST", "/v1/teams", sent)).data, this.origin);
  }

  /**
   * The team with your own id, made or changed to be as you say.
   *
   * @example
   * const team = await app.putTeam("org-7", { displayName: "Acme" });
   */
  async putTeam(externalId: string, facts: TeamFacts = {}, { signal }: CallOptions = {}): Promise<ServerTeam> {
    const path = `/v1/teams/by-external-id/${encodeURIComponent(externalId)}`;
    const { data } = await this.request<WireTeam>("PUT", path, { body: peopleBody(facts), signal });
    return new ServerTeam(data, this.origin);
  }

  /**
   * One page of the teams, newest first.
   *
   * @example
   * const { items, nextCursor } = await app.listTeams({ limit: 20 });
   */
  async listTeams(options: ListPeopleOptions = {}): Promise<Page<ServerTeam>> {
    const { items, nextCursor } = await this.#list<WireTeam>("/v1/teams", options);
    return { items: items.map((team) => new ServerTeam(team, this.origin)), nextCursor };
  }

  async #list<T>(path: string, options: ListPeopleOptions): Promise<Page<T>> {
    const { signal, externalId, ...rest } = options;
    const answer = await this.request<T[]>("GET", path, { query: { ...rest, external_id: externalId }, signal });
    return { items: answer.data, nextCursor: answer.nextCursor };
  }

  async #owner<T>(which: string | VerifyOptions, type: "user" | "team", call: CallOptions): Promise<T | null> {
    const signal = call.signal ?? (typeof which === "string" ? undefined : which.signal);
    let id: string | null = null;
    if (typeof which === "string") id = which;
    else {
      const { valid, owner } = await this.verifyApiKey({ ...which, signal });
      if (valid && owner?.type === type) id = owner.id;
    }
    if (id === null) return null;
    const found = await this.request<T>("GET", `/v1/${type}s/${encodeURIComponent(id)}`, { signal }).catch(noneAt404);
    return found?.data ?? null;
  }
}
