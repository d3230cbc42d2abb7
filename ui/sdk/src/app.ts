// What both apps have in common: a way to the server, and whoever wants to know of changes.

import { type Answer, Client, type Credential, type RequestOptions } from "./client.ts";
import type { Origin } from "./key.ts";

/** Of either app. */
export interface AppOptions {
  /** Where the server is, as in `https://keys.example.com`. */
  baseUrl: string;
  /** Milliseconds that one attempt may take: 10,000 by default. */
  timeoutMs?: number;
  /** Further attempts after 429, 503 or a lost connection: 2 by default. */
  retries?: number;
  /** Another `fetch`, for tests and for runtimes with an own one. */
  fetch?: typeof fetch;
}

export abstract class App {
  readonly baseUrl: string;
  /** @internal */
  protected readonly origin: Origin;
  readonly #client: Client;
  readonly #listeners = new Set<(ownerId: string) => void>();

  /** @internal */
  constructor(options: AppOptions, credential: Credential) {
    this.#client = new Client({ ...options, credential });
    this.baseUrl = this.#client.baseUrl;
    this.origin = { client: this.#client, changed: (owner) => this.changed(owner) };
  }

  /** Calls `listener` with the owner's id after each change that was made through this app. Returns how to stop. */
  onChange(listener: (ownerId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that keys of this owner have changed, by other ways than this app. */
  changed(ownerId: string): void {
    for (const listener of this.#listeners) listener(ownerId);
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
