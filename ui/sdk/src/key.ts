// An API key as its owner sees it, and what can be done with it.

import type { CallOptions, Client } from "./client.ts";
import { secretLost } from "./error.ts";
import { type ApiKeyRotationOptions, type ApiKeyUpdateOptions, body } from "./key-options.ts";
import { type Uses, type UsesOptions, uses } from "./uses.ts";
import type {
  Credits,
  Environment,
  OwnerType,
  RateLimit,
  Restrictions,
  Status,
  WhyInvalid,
  WireEvent,
  WireKey,
  WireOwner,
} from "./wire.ts";

/**
 * What is left of a secret after its first view.
 *
 * @example
 * `${key.obfuscated.prefix}•••${key.obfuscated.lastFour}`; // sk_live_•••a8d2
 */
export interface ObfuscatedValue {
  /** The end of the key, or null for an imported one. */
  lastFour: string | null;
  /** The beginning of the key, as in `sk_live_`, or null for an imported one. */
  prefix: string | null;
}

/**
 * One page of a list, newest first unless sorted otherwise.
 *
 * @example
 * const first = await user.listApiKeysPage({ limit: 20 });
 * const second = first.nextCursor && (await user.listApiKeysPage({ limit: 20, cursor: first.nextCursor }));
 */
export interface Page<T> {
  items: T[];
  /** For the next page; null on the last. */
  nextCursor: string | null;
}

/**
 * Which part of a list.
 *
 * @example
 * const options: PageOptions = { limit: 200, cursor: page.nextCursor ?? undefined };
 */
export interface PageOptions extends CallOptions {
  /** `nextCursor` of the page before. */
  cursor?: string | undefined;
  /** 1 to 200, 50 by default. */
  limit?: number | undefined;
}

/**
 * One thing that happened to a key.
 *
 * @example
 * for (const event of (await key.events()).items) console.log(event.at, event.action, event.actor);
 */
export interface ApiKeyEvent {
  id: string;
  at: Date;
  /** Who did it: `person:<id>`, `key:<id>`, `panel:<id>`, `cli:<uid>`, … */
  actor: string;
  /** As in `key.created`, `key.rotated`, `key.revoked`. */
  action: string;
  details: unknown;
}

/**
 * What was done to which key.
 *
 * @example
 * app.onChange((ownerId, change) => change?.action === "revoked" && forget(change.keyId));
 */
export interface KeyChange {
  action: "created" | "updated" | "rotated" | "revoked";
  keyId: string;
}

/** @internal What a key needs of the app that made it: the way to the server, and somebody to tell of changes. */
export interface Origin {
  client: Client;
  changed(ownerId: string, change: KeyChange): void;
}

/**
 * An API key of a user or a team. `value` is the key itself in what `createApiKey` and `rotate` return, and its last four characters ever after.
 *
 * @example
 * for (const key of await user.listApiKeys()) {
 *   console.log(key.description, key.value.lastFour, key.whyInvalid() ?? "works");
 * }
 */
export class ApiKey<Owner extends OwnerType = OwnerType, FirstView extends boolean = false> {
  readonly id: string;
  readonly type: Owner;
  readonly owner: WireOwner;
  readonly description: string;
  /** The beginning and the end of the key, in the first view too. */
  readonly obfuscated: ObfuscatedValue;
  readonly isPublic: boolean;
  readonly environment: Environment;
  readonly createdAt: Date;
  /** Who made it: `person:<id>`, `key:<id>`, … */
  readonly createdBy: string;
  /** Of the secret that is in use now. */
  readonly secretCreatedAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
  readonly lastUsed: Date | null;
  readonly revokedAt: Date | null;
  /** As the server saw it; `isValid` goes on from there by the local clock. */
  readonly status: Status;
  readonly enabled: boolean;
  /** Is the secret older than the operator wants secrets to be? */
  readonly rotationDue: boolean;
  /** The secret before a rotation, while it still works. */
  readonly previousSecret: { lastFour: string | null; validUntil: Date; lastUsed: Date | null } | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly restrictions: Readonly<Restrictions>;
  readonly rateLimits: readonly RateLimit[];
  readonly credits: Readonly<Credits> | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The system that it was imported from. */
  readonly origin: string | null;
  readonly #from: Origin;
  readonly #why: WhyInvalid | null;
  // Neither a copy nor an inspection of the object has the secret in it.
  readonly #secret: string | null;

  /** @internal */
  constructor(wire: WireKey, from: Origin) {
    this.#from = from;
    this.#why = wire.why_invalid;
    this.#secret = wire.secret ?? null;
    this.id = wire.id;
    this.type = wire.owner.type as Owner;
    this.owner = wire.owner;
    this.description = wire.description;
    this.obfuscated = { lastFour: wire.last_four, prefix: wire.prefix };
    this.isPublic = wire.is_public;
    this.environment = wire.environment;
    this.createdAt = new Date(wire.created_at);
    this.createdBy = wire.created_by;
    this.secretCreatedAt = new Date(wire.secret_created_at);
    this.expiresAt = date(wire.expires_at);
    this.lastUsed = date(wire.last_used);
    this.revokedAt = date(wire.revoked_at);
    this.status = wire.status;
    this.enabled = wire.enabled;
    this.rotationDue = wire.rotation_due;
    const previous = wire.previous_secret;
    this.previousSecret = previous && {
      lastFour: previous.last_four,
      validUntil: new Date(previous.valid_until),
      lastUsed: date(previous.last_used),
    };
    this.scopes = wire.scopes;
    this.roles = wire.roles;
    this.restrictions = wire.restrictions;
    this.rateLimits = wire.rate_limits;
    this.credits = wire.credits;
    this.metadata = wire.metadata;
    this.origin = wire.origin;
  }

  /**
   * The key itself in the first view, and what is left of it ever after.
   *
   * @example
   * const { value } = await user.createApiKey({ description: "laptop", expiresAt: null }); // "sk_live_…"
   */
  get value(): FirstView extends true ? string : ObfuscatedValue {
    return (this.#secret ?? this.obfuscated) as FirstView extends true ? string : ObfuscatedValue;
  }

  /**
   * Does it work, as far as is known here? Limits, credits and restrictions are judged when it is used.
   *
   * @example
   * const working = (await user.listApiKeys()).filter((key) => key.isValid());
   */
  isValid(): boolean {
    return this.whyInvalid() === null;
  }

  /**
   * Why it does not work, or null.
   *
   * @example
   * if (key.whyInvalid() === "expired") await key.update({ expiresAt: new Date(Date.now() + 30 * 24 * 60 * 60 * 1000) });
   */
  whyInvalid(): WhyInvalid | null {
    if (this.#why !== null) return this.#why;
    // Valid to the millisecond of its end, as on the server.
    return this.expiresAt !== null && this.expiresAt.getTime() < Date.now() ? "expired" : null;
  }

  /**
   * Changes it and returns it as it is now.
   *
   * @example
   * const changed = await key.update({ description: "checkout", enabled: false });
   */
  async update(change: ApiKeyUpdateOptions, { signal }: CallOptions = {}): Promise<ApiKey<Owner>> {
    const { revoked, ...rest } = change;
    if (revoked) return this.revoke({ signal });
    const { data } = await this.#from.client.request<WireKey>("PATCH", this.#path(""), { body: body(rest), signal });
    return this.#changed("updated", data);
  }

  /**
   * Ends it for good, at once. Revoking it again changes nothing.
   *
   * @example
   * const gone = await key.revoke();
   * gone.whyInvalid(); // "manually-revoked"
   */
  async revoke({ signal }: CallOptions = {}): Promise<ApiKey<Owner>> {
    await this.#from.client.request("DELETE", this.#path(""), { signal });
    this.#from.changed(this.owner.id, { action: "revoked", keyId: this.id });
    const { data } = await this.#from.client.request<WireKey>("GET", this.#path(""), { signal });
    return new ApiKey(data, this.#from);
  }

  /**
   * Gives it a new secret, which the answer carries and nothing else ever does.
   *
   * @example
   * const { value } = await key.rotate({ graceSeconds: 24 * 60 * 60 });
   */
  async rotate(
    { graceSeconds, endPrevious, ...change }: ApiKeyRotationOptions = {},
    { signal }: CallOptions = {},
  ): Promise<ApiKey<Owner, true>> {
    const sent = {
      ...body(change),
      ...(graceSeconds !== undefined && { grace_s: graceSeconds }),
      ...(endPrevious !== undefined && { end_previous: endPrevious }),
    };
    const path = this.#path("/rotate");
    const asked = this.#from.client.request<WireKey>("POST", path, { body: sent, once: true, signal });
    return this.#changed("rotated", (await asked.catch(secretLost)).data);
  }

  /**
   * Adds credits, or takes some away with a number below 0, while the key is in use; returns what it has now. For admins and backends.
   *
   * @example
   * const { remaining } = await key.addCredits(10_000);
   */
  async addCredits(add: number, { signal }: CallOptions = {}): Promise<Credits> {
    const path = this.#path("/credits");
    const { data } = await this.#from.client.request<Credits>("POST", path, { body: { add }, once: true, signal });
    this.#from.changed(this.owner.id, { action: "updated", keyId: this.id });
    return data;
  }

  /**
   * What it was used for, by day, newest first.
   *
   * @example
   * const { items } = await key.usage({ from: new Date("2026-11-01") });
   */
  usage(options: UsesOptions = {}): Promise<Page<Uses>> {
    return uses(this.#from.client, this.#path("/usage"), options);
  }

  /**
   * What happened to it, newest first.
   *
   * @example
   * const { items, nextCursor } = await key.events({ limit: 20 });
   */
  async events(options: PageOptions = {}): Promise<Page<ApiKeyEvent>> {
    const { signal, ...query } = options;
    const answer = await this.#from.client.request<WireEvent[]>("GET", this.#path("/events"), { query, signal });
    const items = answer.data.map(({ id, at, actor, action, details }) => ({
      id,
      at: new Date(at),
      actor,
      action,
      details,
    }));
    return { items, nextCursor: answer.nextCursor };
  }

  /**
   * Without secret, whatever view this is: what JSON.stringify and loggers see.
   *
   * @example
   * logger.info({ key });
   */
  toJSON(): Record<string, unknown> {
    return { ...(this as object), value: this.obfuscated };
  }

  #path(end: string): string {
    return `/v1/api-keys/${encodeURIComponent(this.id)}${end}`;
  }

  #changed<First extends boolean>(action: KeyChange["action"], data: WireKey): ApiKey<Owner, First> {
    this.#from.changed(this.owner.id, { action, keyId: this.id });
    return new ApiKey(data, this.#from);
  }
}

/**
 * A user's key.
 *
 * @example
 * const keys: UserApiKey[] = await user.listApiKeys();
 */
export type UserApiKey = ApiKey<"user">;
/**
 * A user's key with its secret.
 *
 * @example
 * const key: UserApiKeyFirstView = await user.createApiKey({ description: "laptop", expiresAt: null });
 */
export type UserApiKeyFirstView = ApiKey<"user", true>;
/**
 * A team's key.
 *
 * @example
 * const keys: TeamApiKey[] = await team.listApiKeys();
 */
export type TeamApiKey = ApiKey<"team">;
/**
 * A team's key with its secret.
 *
 * @example
 * const key: TeamApiKeyFirstView = await team.createApiKey({ description: "ci", expiresAt: null });
 */
export type TeamApiKeyFirstView = ApiKey<"team", true>;

function date(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
