// A verdict about a key, and the question that it answers.

import type { Environment, OwnerType, Status } from "./wire.ts";

export interface VerifyOptions {
  /** What the caller of your API presented. */
  apiKey: string;
  /** `live` by default; `any` takes test keys too. */
  environment?: Environment | "any";
  /** Facts that restrictions and limits are held to. */
  ip?: string;
  referrer?: string;
  method?: string;
  path?: string;
  /** All of these, and one of those, are needed. */
  scopes?: string[];
  anyScopes?: string[];
  /** Credits and limit units that this use takes: 1 by default, 0 looks without spending. */
  cost?: number;
  rateLimits?: { name: string; cost?: number }[];
  /** More than the usual, as in `["metadata", "owner.email", "key"]`. */
  include?: string[];
  signal?: AbortSignal;
}

/** What came of it. */
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
  owner: { type: OwnerType; id: string; externalId: string | null; displayName: string; email?: string | null } | null;
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
  owner: { type: OwnerType; id: string; external_id: string | null; name: string; email?: string | null } | null;
  missing_scopes: string[];
  retry_after_ms: number | null;
  credits_remaining: number | null;
  rate_limits: { name: string; limit: number; remaining: number; reset_ms: number }[];
  metadata?: Record<string, unknown> | null;
}

/** @internal */
export function verifyBody(options: VerifyOptions): Record<string, unknown> {
  const { apiKey, anyScopes, rateLimits, signal: _, ...same } = options;
  return {
    ...same,
    key: apiKey,
    ...(anyScopes && { any_scopes: anyScopes }),
    ...(rateLimits && { rate_limits: rateLimits }),
  };
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
    retryAfterMs: wire.retry_after_ms,
    creditsRemaining: wire.credits_remaining,
    rateLimits: wire.rate_limits.map(({ name, limit, remaining, reset_ms }) => ({
      name,
      limit,
      remaining,
      resetMs: reset_ms,
    })),
    metadata: wire.metadata ?? null,
  };
}
