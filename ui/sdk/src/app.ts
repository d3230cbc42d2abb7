// What both apps have in common: a way to the server, and whoever wants to know of changes.

import type { Answer } from "./answer.ts";
import { Client, type RequestOptions } from "./client.ts";
import { ApiKey, type KeyChange, type Origin, type Page } from "./key.ts";
import type { ListApiKeysOptions } from "./owner.ts";
import type { Credential } from "./token.ts";
import type { WireKey } from "./wire.ts";

/**
 * Of either app.
 *
 * @example
 * const options: AppOptions = { baseUrl: "https://keys.example.com", timeoutMs: 2_000, retries: 1 };
 */
export interface AppOptions {
  /** Where the server is, as in `https://keys.example.com`; a path in it is kept. */
  baseUrl: string;
  /** Milliseconds that one attempt may take: 10,000 by default. */
  timeoutMs?: number | undefined;
  /** Further attempts after 429, 503 or a lost connection, for what may be sent twice: 2 by default. */
  retries?: number | undefined;
  /** Another `fetch`, for tests and for runtimes with an own one. */
  fetch?: typeof fetch | undefined;
}

/**
 * What both apps can do.
 *
 * @example
 * const watch = (app: App) => app.onChange((ownerId) => refresh(ownerId));
 */
export abstract class App {
  readonly baseUrl: string;
  /** @internal */
  protected readonly origin: Origin;
  readonly #client: Client;
  readonly #listeners = new Set<(ownerId: string, change: KeyChange | null) => void>();

  /** @internal */
  constructor(options: AppOptions, credential: Credential) {
    this.#client = new Client({ ...options, credential });
    this.baseUrl = this.#client.baseUrl;
    this.origin = { client: this.#client, changed: (owner, change) => this.#tell(owner, change) };
  }

  /**
   * Calls `listener` after each change of a key that was made through this app, with the owner's id and what was done; `changed` knows only
   * the owner. Returns how to stop.
   *
   * @example
   * const stop = app.onChange((ownerId, change) => console.log(ownerId, change?.action, change?.keyId));
   */
  onChange(listener: (ownerId: string, change: KeyChange | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Says that keys of this owner have changed, by other ways than this app.
   *
   * @example
   * app.changed(user.id);
   */
  changed(ownerId: string): void {
    this.#tell(ownerId, null);
  }

  #tell(ownerId: string, change: KeyChange | null): void {
    for (const listener of this.#listeners) listener(ownerId, change);
  }

  /**
   * One page of all keys that the credential may see, whoever owns them; `owner` is the id of a user or a team.
   *
   * @example
   * const { items, nextCursor } = await app.listApiKeysPage({ status: "active", limit: 200 });
   */
  async listApiKeysPage(options: ListApiKeysOptions & { owner?: string } = {}): Promise<Page<ApiKey>> {
    const { signal, ...query } = options;
    const answer = await this.#client.request<WireKey[]>("GET", "/v1/api-keys", { query, signal });
    return { items: answer.data.map((key) => new ApiKey(key, this.origin)), nextCursor: answer.nextCursor };
  }

  /**
   * One key, as it is now.
   *
   * @example
   * const key = await app.getApiKey("key_01k9…");
   */
  async getApiKey(id: string, options: { signal?: AbortSignal } = {}): Promise<ApiKey> {
    const path = `/v1/api-keys/${encodeURIComponent(id)}`;
    return new ApiKey((await this.#client.request<WireKey>("GET", path, options)).data, this.origin);
  }

  /**
   * Any call of the API that this package has no method for, with the same credential, patience and errors.
   *
   * @example
   * const { data } = await app.request<{ version: string }>("GET", "/.well-known/keystead");
   */
  request<T>(method: string, path: string, options?: RequestOptions): Promise<Answer<T>> {
    return this.#client.request<T>(method, path, options);
  }
}
