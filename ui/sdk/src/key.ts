// An API key as its owner sees it, and what can be done with it.

import type { Client } from "./client.ts";
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

/** What is left of a secret after its first view. */
export interface ObfuscatedValue {
  /** The end of the key, or null for an imported one. */
  lastFour: string | null;
  /** The beginning of the key, as in `sk_live_`, or null for an imported one. */
  prefix: string | null;
}

/** What a new key is to be. */
export interface ApiKeyCreationOptions {
  /** What the key is for: 1 to 200 characters. */
  description: string;
  /** When it stops working; null is never. The choice is the caller's, so it is required. */
  expiresAt: Date | null;
  /** A public key (`pk_…`) may be seen by everyone. False by default. */
  isPublic?: boolean;
  /** `live` by default; uses of test keys are never billed. */
  environment?: Environment;
  /** Out of those that the owner may grant. */
  scopes?: string[];
  /** Where the key may be used, and for what. An empty list does not restrict. */
  restrictions?: Partial<Restrictions>;
  /** The fields below are set by admins and by backends only. */
  roles?: string[];
  rateLimits?: RateLimit[];
  credits?: Credits | null;
  metadata?: Record<string, unknown>;
}

/** What of a key is to be changed; what is left out stays. */
export type ApiKeyUpdateOptions = Partial<
  Omit<ApiKeyCreationOptions, "isPublic" | "environment"> & { enabled: boolean; revoked: true }
>;

/** How a key gets its new secret. */
export interface ApiKeyRotationOptions extends Partial<Omit<ApiKeyCreationOptions, "isPublic" | "environment">> {
  /** Seconds that the former secret goes on working: the server's default where it is left out, 0 ends it at once. */
  graceSeconds?: number;
  /** End a former secret that is still in its grace; without it that is a conflict. */
  endPrevious?: boolean;
}

/** One page of a list, newest first unless sorted otherwise. */
export interface Page<T> {
  items: T[];
  /** For the next page; null on the last. */
  nextCursor: string | null;
}

/** One thing that happened to a key. */
export interface ApiKeyEvent {
  id: string;
  at: Date;
  /** Who did it: `person:<id>`, `key:<id>`, `panel:<id>`, `cli:<uid>`, … */
  actor: string;
  /** As in `key.created`, `key.rotated`, `key.revoked`. */
  action: string;
  details: unknown;
}

/** What was done to which key. */
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
  readonly value: FirstView extends true ? string : ObfuscatedValue;
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

  /** @internal */
  constructor(wire: WireKey, from: Origin) {
    this.#from = from;
    this.#why = wire.why_invalid;
    this.id = wire.id;
    this.type = wire.owner.type as Owner;
    this.owner = wire.owner;
    this.description = wire.description;
    this.obfuscated = { lastFour: wire.last_four, prefix: wire.prefix };
    this.value = (wire.secret ?? this.obfuscated) as ApiKey<Owner, FirstView>["value"];
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

  /** Does it work, as far as is known here? Limits, credits and restrictions are judged when it is used. */
  isValid(): boolean {
    return this.whyInvalid() === null;
  }

  /** Why it does not work, or null. */
  whyInvalid(): WhyInvalid | null {
    if (this.#why !== null) return this.#why;
    return this.expiresAt !== null && this.expiresAt.getTime() <= Date.now() ? "expired" : null;
  }

  /** Changes it and returns it as it is now. */
  async update(change: ApiKeyUpdateOptions): Promise<ApiKey<Owner>> {
    const { revoked, ...rest } = change;
    if (revoked) return this.revoke();
    return this.#act("PATCH", "", body(rest));
  }

  /** Ends it for good, at once. Revoking it again changes nothing. */
  async revoke(): Promise<ApiKey<Owner>> {
    await this.#from.client.request("DELETE", this.#path(""));
    const { data } = await this.#from.client.request<WireKey>("GET", this.#path(""));
    this.#from.changed(this.owner.id, { action: "revoked", keyId: this.id });
    return new ApiKey(data, this.#from);
  }

  /** Gives it a new secret, which the answer carries and nothing else ever does. */
  async rotate({ graceSeconds, endPrevious, ...change }: ApiKeyRotationOptions = {}): Promise<ApiKey<Owner, true>> {
    return this.#act("POST", "/rotate", {
      ...body(change),
      ...(graceSeconds !== undefined && { grace_s: graceSeconds }),
      ...(endPrevious !== undefined && { end_previous: endPrevious }),
    });
  }

  /** What it was used for, by day, newest first. */
  usage(options: UsesOptions = {}): Promise<Page<Uses>> {
    return uses(this.#from.client, this.#path("/usage"), options);
  }

  /** What happened to it, newest first. */
  async events(options: { cursor?: string; limit?: number; signal?: AbortSignal } = {}): Promise<Page<ApiKeyEvent>> {
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

  /** Without secret, whatever view this is: what JSON.stringify and loggers see. */
  toJSON(): Record<string, unknown> {
    const { value: _, ...shown } = this;
    return { ...shown, value: this.obfuscated };
  }

  #path(end: string): string {
    return `/v1/api-keys/${encodeURIComponent(this.id)}${end}`;
  }

  async #act<First extends boolean>(method: string, end: string, sent: object): Promise<ApiKey<Owner, First>> {
    const { data } = await this.#from.client.request<WireKey>(method, this.#path(end), { body: sent });
    this.#from.changed(this.owner.id, { action: end === "" ? "updated" : "rotated", keyId: this.id });
    return new ApiKey(data, this.#from);
  }
}

/** A user's key. */
export type UserApiKey = ApiKey<"user">;
/** A user's key with its secret. */
export type UserApiKeyFirstView = ApiKey<"user", true>;
/** A team's key. */
export type TeamApiKey = ApiKey<"team">;
/** A team's key with its secret. */
export type TeamApiKeyFirstView = ApiKey<"team", true>;

/** @internal The same words for creating, changing and rotating. */
export function body(options: Partial<ApiKeyCreationOptions> & { enabled?: boolean }): Record<string, unknown> {
  const { expiresAt, isPublic, rateLimits, ...same } = options;
  const sent: Record<string, unknown> = { ...same };
  if (expiresAt !== undefined) sent.expires_at = expiresAt === null ? null : expiresAt.toISOString();
  if (isPublic !== undefined) sent.is_public = isPublic;
  if (rateLimits !== undefined) sent.rate_limits = rateLimits;
  return sent;
}

function date(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
