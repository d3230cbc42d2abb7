// What users and teams have in common: keys.

import type { CallOptions } from "./client.ts";
import { ApiError, secretLost } from "./error.ts";
import { ApiKey, type Origin, type Page, type PageOptions } from "./key.ts";
import { type ApiKeyCreationOptions, body } from "./key-options.ts";
import type { Environment, OwnerType, Status, WireKey } from "./wire.ts";

/**
 * What to list, and in which order.
 *
 * @example
 * const options: ListApiKeysOptions = { status: "active", q: "checkout", sort: "-last_used" };
 */
export interface ListApiKeysOptions extends PageOptions {
  status?: Status | undefined;
  environment?: Environment | undefined;
  /** Part of the description, the last four characters, or the id. */
  q?: string | undefined;
  /** Newest first by default; a `-` turns the order round. */
  sort?: KeySort | undefined;
}

/**
 * What keys are sorted by; a `-` turns the order round.
 *
 * @example
 * const sort: KeySort = "-last_used";
 */
export type KeySort =
  | "created_at"
  | "-created_at"
  | "name"
  | "-name"
  | "last_used"
  | "-last_used"
  | "expires_at"
  | "-expires_at";

/**
 * A user or a team, as far as keys go: the same methods on both.
 *
 * @example
 * const issue = (owner: KeyOwner<OwnerType>) => owner.createApiKey({ description: "ci", expiresAt: null });
 */
export abstract class KeyOwner<Owner extends OwnerType> {
  readonly id: string;
  readonly #from: Origin;
  readonly #kind: string;

  /** @internal */
  constructor(id: string, kind: "users" | "teams", from: Origin) {
    this.id = id;
    this.#from = from;
    this.#kind = kind;
  }

  /** @internal No property of the object, so that nobody prints it. */
  protected get from(): Origin {
    return this.#from;
  }

  /** @internal */
  protected path(end: string): string {
    return `/v1/${this.#kind}/${encodeURIComponent(this.id)}${end}`;
  }

  /**
   * Makes a key. The answer's `value` is the key itself: it is shown here and never again. It is sent with an Idempotency-Key, so that a lost
   * connection makes no second one; where the secret was lost with it, the error's code is `secret_lost` and its `keyId` says which key.
   *
   * @example
   * const key = await user.createApiKey({ description: "laptop", expiresAt: new Date(Date.now() + 90 * 24 * 60 * 60 * 1000) });
   * console.log(key.value);
   */
  async createApiKey(options: ApiKeyCreationOptions, { signal }: CallOptions = {}): Promise<ApiKey<Owner, true>> {
    const sent = { body: body(options), once: true, signal };
    const { data } = await this.#from.client.request<WireKey>("POST", this.path("/api-keys"), sent).catch(secretLost);
    this.#from.changed(this.id, { action: "created", keyId: data.id });
    return new ApiKey(data, this.#from);
  }

  /**
   * One key of this owner, or null where they have none with this id.
   *
   * @example
   * const key = await user.getApiKey("key_01k9…");
   */
  async getApiKey(id: string, { signal }: CallOptions = {}): Promise<ApiKey<Owner> | null> {
    const path = `/v1/api-keys/${encodeURIComponent(id)}`;
    const found = await this.#from.client.request<WireKey>("GET", path, { signal }).catch(noneAt404);
    return found?.data.owner.id === this.id ? new ApiKey(found.data, this.#from) : null;
  }

  /**
   * All keys, newest first, in whatever state they are. For owners with thousands of them there is `listApiKeysPage`.
   *
   * @example
   * for (const key of await user.listApiKeys()) console.log(key.description, key.value.lastFour);
   */
  async listApiKeys(options: Omit<ListApiKeysOptions, "cursor" | "limit"> = {}): Promise<ApiKey<Owner>[]> {
    const keys: ApiKey<Owner>[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: Page<ApiKey<Owner>> = await this.listApiKeysPage({ ...options, limit: 200, cursor });
      keys.push(...page.items);
      cursor = page.nextCursor;
    }
    return keys;
  }

  /**
   * One page of the keys.
   *
   * @example
   * const { items, nextCursor } = await team.listApiKeysPage({ limit: 50, sort: "name" });
   */
  async listApiKeysPage(options: ListApiKeysOptions = {}): Promise<Page<ApiKey<Owner>>> {
    const { signal, ...query } = options;
    const answer = await this.#from.client.request<WireKey[]>("GET", this.path("/api-keys"), { query, signal });
    return { items: answer.data.map((key) => new ApiKey<Owner>(key, this.#from)), nextCursor: answer.nextCursor };
  }
}

/** @internal */
export function noneAt404(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}
