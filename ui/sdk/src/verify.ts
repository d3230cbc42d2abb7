// A verdict about a key, and the question that it answers.

import type { CallOptions } from "./client.ts";
import type { Environment, OwnerType, Status } from "./wire.ts";

/**
 * A key, and what it is to be good for. A key that is bound to addresses, referrers or endpoints is refused where they are not said.
 *
 * @example
 * const options: VerifyOptions = { apiKey, method: "GET", path: "/v1/invoices/7", ip: "203.0.113.9", scopes: ["invoices:read"] };
 */
export interface VerifyOptions extends CallOptions {
  /** What the caller of your API presented. */
  apiKey: string;
  /** That of your backend's own key by default; `any` takes both. */
  environment?: Environment | "any" | undefined;
  /** Your caller's address, as far as you trust whoever says so. */
  ip?: string | undefined;
  /** Your caller's `Referer`, or `Origin` where there is none. */
  referrer?: string | undefined;
  /** Your caller's method and path. */
  method?: string | undefined;
  path?: string | undefined;
  /** All of these are needed. */
  scopes?: string[] | undefined;
  /** One of these is needed. */
  anyScopes?: string[] | undefined;
  /** Credits that this use takes: 1 by default, 0 looks without spending. */
  cost?: number | undefined;
  /** Limits to check besides those that are always checked, or to take another cost from. */
  rateLimits?: { name: string; cost?: number }[] | undefined;
  /** More than the usual, at the cost of a look into the store. */
  include?: ("metadata" | "owner.email")[] | undefined;
}

/**
 * What came of it.
 *
 * @example
 * const { valid, code, owner }: Verdict = await app.verifyApiKey({ apiKey });
 */
export interface Verdict {
  valid: boolean;
  /** `valid`, or why not: `not_found`, `malformed`, `revoked`, `expired`, `disabled`, `insufficient_scope`, `rate_limited`, … */
  code: string;
  revokedReason: string | null;
  key: {
    id: string;
    description: string;
    environment: Environment;
    isPublic: boolean;
    prefix: string | null;
    lastFour: string | null;
    status: Status;
    expiresAt: Date | null;
    scopes: string[];
    roles: string[];
  } | null;
  /** An `instance` key is one of a backend. */
  owner: {
    type: OwnerType | "instance";
    id: string;
    externalId: string | null;
    displayName: string;
    email?: string | null;
  } | null;
  missingScopes: string[];
  /** Milliseconds until a limited key may come again. */
  retryAfterMs: number | null;
  creditsRemaining: number | null;
  rateLimits: { name: string; limit: number; remaining: number; resetMs: number }[];
  metadata: Record<string, unknown> | null;
}

/** @internal */
export interface WireVerdict {
  valid: boolean;
  code: string;
  revoked_reason: string | null;
  key: {
    id: string;
    name: string;
    environment: Environment;
    is_public: boolean;
    prefix: string | null;
    last_four: string | null;
    status: Status;
    expires_at: string | null;
    scopes: string[];
    roles?: string[];
  } | null;
  owner: {
    type: OwnerType | "instance";
    id: string;
    external_id: string | null;
    name: string;
    email?: string | null;
  } | null;
  missing_scopes: string[];
  retry_after_ms?: number | null;
  credits_remaining?: number | null;
  rate_limits?: { name: string; limit: number; remaining: number; reset_ms: number }[];
  metadata?: Record<string, unknown> | null;
}

/** @internal */
export function verifyBody(options: VerifyOptions): Record<string, unknown> {
  const { apiKey, anyScopes, rateLimits, signal: _, ...same } = options;
  return { ...same, key: apiKey, any_scopes: anyScopes, rate_limits: rateLimits };
}

/** @internal */
export function verdict(wire: WireVerdict): Verdict {
  const { key, owner } = wire;
  return {
    valid: wire.valid,
    code: wire.code,
    revokedReason: wire.revoked_reason,
    key: key && {
      id: key.id,
      description: key.name,
      environment: key.environment,
      isPublic: key.is_public,
      prefix: key.prefix,
      lastFour: key.last_four,
      status: key.status,
      expiresAt: key.expires_at === null ? null : new Date(key.expires_at),
      scopes: key.scopes,
      roles: key.roles ?? [],
    },
    owner: owner && {
      type: owner.type,
      id: owner.id,
      externalId: owner.external_id,
      displayName: owner.name,
      ...(owner.email !== undefined && { email: owner.email }),
    },
    missingScopes: wire.missing_scopes,
    retryAfterMs: wire.retry_after_ms ?? null,
    creditsRemaining: wire.credits_remaining ?? null,
    rateLimits: (wire.rate_limits ?? []).map(({ name, limit, remaining, reset_ms }) => ({
      name,
      limit,
      remaining,
      resetMs: reset_ms,
    })),
    metadata: wire.metadata ?? null,
  };
}
