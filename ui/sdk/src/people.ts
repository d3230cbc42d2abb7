// What a backend says of users and teams, and how that goes to the server.

import type { PageOptions } from "./key.ts";
import type { RateLimit } from "./wire.ts";

/**
 * What a backend says of a user; what is left out stays, or is the server's default for a new one.
 *
 * @example
 * const facts: UserFacts = { displayName: "Maya", email: "maya@example.com", scopesGrantable: ["invoices:read"] };
 */
export interface UserFacts {
  displayName?: string | undefined;
  /** Unique without regard to case. */
  email?: string | null | undefined;
  /** Scopes that they may give to their own keys. */
  scopesGrantable?: string[] | undefined;
  /** Limits that all of their keys share. */
  rateLimits?: RateLimit[] | undefined;
  /** Yours: at most 16 KiB as JSON. A change replaces all of it. */
  metadata?: Record<string, unknown> | undefined;
}

/**
 * A new user: an e-mail or your own id is needed.
 *
 * @example
 * const options: UserCreationOptions = { externalId: "customer-42", displayName: "Maya" };
 */
export interface UserCreationOptions extends UserFacts {
  /** Your own id of them, unique among users. */
  externalId?: string | undefined;
}

/**
 * What of a user is to be changed.
 *
 * @example
 * const change: UserUpdateOptions = { status: "suspended" };
 */
export interface UserUpdateOptions extends UserFacts {
  externalId?: string | null | undefined;
  /** `suspended` switches all of their keys off and ends their sessions; `active` switches the keys on again. */
  status?: "active" | "suspended" | undefined;
}

/**
 * What a backend says of a team; what is left out stays, or is the server's default for a new one.
 *
 * @example
 * const facts: TeamFacts = { displayName: "Acme", scopesGrantable: ["invoices:read"] };
 */
export interface TeamFacts {
  displayName?: string | undefined;
  scopesGrantable?: string[] | undefined;
  rateLimits?: RateLimit[] | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/**
 * A new team.
 *
 * @example
 * const options: TeamCreationOptions = { displayName: "Acme", externalId: "org-7" };
 */
export interface TeamCreationOptions extends TeamFacts {
  displayName: string;
  /** Your own id of it, unique among teams. */
  externalId?: string | undefined;
}

/**
 * Which users or teams.
 *
 * @example
 * const options: ListPeopleOptions = { q: "acme", limit: 20 };
 */
export interface ListPeopleOptions extends PageOptions {
  /** Part of the name, e-mail, id or your own id. */
  q?: string | undefined;
  /** Your own id, exactly. */
  externalId?: string | undefined;
}

/** @internal */
export function peopleBody(
  facts: UserFacts & TeamFacts & { externalId?: string | null | undefined; status?: string | undefined },
): Record<string, unknown> {
  const { displayName, externalId, scopesGrantable, rateLimits, ...same } = facts;
  const sent = {
    name: displayName,
    external_id: externalId,
    scopes_grantable: scopesGrantable,
    rate_limits: rateLimits,
  };
  return { ...same, ...sent };
}
