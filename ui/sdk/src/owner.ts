// What users and teams have in common: keys.

import { ApiKey, type ApiKeyCreationOptions, body, type Origin, type Page } from "./key.ts";
import type { Environment, OwnerType, Status, WireKey } from "./wire.ts";

/** What to list, and in which order. */
export interface ListApiKeysOptions {
  status?: Status;
  environment?: Environment;
  /** Part of the description, the last four characters, or the id. */
  q?: string;
  /** Newest first by default; a `-` turns the order round. */
  sort?: KeySort;
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** 1 to 200, 50 by default. */
  limit?: number;
  signal?: AbortSignal;
}

export type KeySort =
  | "created_at"
  | "-created_at"
  | "name"
  | "-name"
  | "last_used"
  | "-last_used"
  | "expires_at"
  | "-expires_at";

/** A user or a team, as far as keys go: the same methods on both. */
export abstract class KeyOwner<Owner extends OwnerType> {
  readonly id: string;
  readonly #from: Origin;
  readonly #path: string;

  /** @internal */
  constructor(id: string, kind: "users" | "teams", from: Origin) {
    this.id = id;
    this.#from = from;
    this.#path = `/v1/${kind}/${encodeURIComponent(id)}/api-keys`;
  }

  /**
   * Makes a key. The answer's `value` is the key itself: it is shown here and never again.
   *
   * @example
   * const key = await user.createApiKey({ description: "laptop", expiresAt: new Date(Date.now() + 90 * 24 * 60 * 60 * 1000) });
   * console.log(key.value);
   */
  async createApiKey(options: ApiKeyCreationOptions): Promise<ApiKey<Owner, true>> {
    const { data } = await this.#from.client.request<WireKey>("POST", this.#path, { body: body(options) });
    this.#from.changed(this.id, { action: "created", keyId: data.id });
    return new ApiKey(data, this.#from);
  }

  /** All keys, newest first, in whatever state they are. For owners with thousands of them there is `listApiKeysPage`. */
  async listApiKeys(options: Omit<ListApiKeysOptions, "cursor" | "limit"> = {}): Promise<ApiKey<Owner>[]> {
    const keys: ApiKey<Owner>[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<ApiKey<Owner>> = await this.listApiKeysPage({
        ...options,
        limit: 200,
        ...(cursor && { cursor }),
      });
      keys.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return keys;
  }

  /** One page of the keys. */
  async listApiKeysPage(options: ListApiKeysOptions = {}): Promise<Page<ApiKey<Owner>>> {
    const { signal, ...query } = options;
    const answer = await this.#from.client.request<WireKey[]>("GET", this.#path, { query, signal });
    return { items: answer.data.map((key) => new ApiKey<Owner>(key, this.#from)), nextCursor: answer.nextCursor };
  }
}
