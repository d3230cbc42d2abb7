// What a key is to be: the words for creating, changing and rotating, and how they go to the server.

import type { Credits, Environment, RateLimit, Restrictions } from "./wire.ts";

/**
 * What a new key is to be.
 *
 * @example
 * const options: ApiKeyCreationOptions = { description: "ci", expiresAt: null, restrictions: { ips: ["203.0.113.0/24"] } };
 */
export interface ApiKeyCreationOptions {
  /** What the key is for: 1 to 200 characters. */
  description: string;
  /** When it stops working; null is never. The choice is the caller's, so it is required. */
  expiresAt: Date | null;
  /** A public key (`pk_…`) may be seen by everyone. False by default. */
  isPublic?: boolean | undefined;
  /** `live` by default; uses of test keys are never billed. */
  environment?: Environment | undefined;
  /** Out of those that the owner may grant. */
  scopes?: string[] | undefined;
  /** Where the key may be used, and for what. An empty list does not restrict. */
  restrictions?: Partial<Restrictions> | undefined;
  /** False makes it one that does not work yet. */
  enabled?: boolean | undefined;
  /** This and what follows is set by admins and by backends only: named sets of scopes. */
  roles?: string[] | undefined;
  rateLimits?: RateLimit[] | undefined;
  /** What uses are paid with; null: they are not. */
  credits?: Credits | null | undefined;
  /** Yours: at most 16 KiB as JSON. A change replaces all of it. */
  metadata?: Record<string, unknown> | undefined;
}

/**
 * What of a key is to be changed; what is left out stays.
 *
 * @example
 * const change: ApiKeyUpdateOptions = { description: "checkout", expiresAt: new Date("2027-06-30") };
 */
export type ApiKeyUpdateOptions = Partial<Omit<ApiKeyCreationOptions, "isPublic" | "environment">> & { revoked?: true };

/**
 * How a key gets its new secret; what else is given is changed with it.
 *
 * @example
 * const options: ApiKeyRotationOptions = { graceSeconds: 24 * 60 * 60, endPrevious: true };
 */
export interface ApiKeyRotationOptions extends Partial<Omit<ApiKeyCreationOptions, "isPublic" | "environment">> {
  /** Seconds that the former secret goes on working, up to 30 days: 0, which ends it at once, by default. */
  graceSeconds?: number | undefined;
  /** Ends a secret of an earlier rotation that still works; without it that is a 409. */
  endPrevious?: boolean | undefined;
}

/** @internal The same words for all three. */
export function body(options: Partial<ApiKeyCreationOptions>): Record<string, unknown> {
  const { expiresAt, isPublic, rateLimits, ...same } = options;
  return {
    ...same,
    ...(expiresAt !== undefined && { expires_at: expiresAt?.toISOString() ?? null }),
    ...(isPublic !== undefined && { is_public: isPublic }),
    ...(rateLimits !== undefined && { rate_limits: rateLimits }),
  };
}
