// What the API sends and takes, in its own words (`/openapi.json` of every server has all of it).

/**
 * Keys of `test` are for trying out: never billed, and refused where live ones are wanted.
 *
 * @example
 * const environment: Environment = "test";
 */
export type Environment = "live" | "test";
/**
 * The state of a key: `revoked` is for good, the others are not.
 *
 * @example
 * const status: Status = key.status;
 */
export type Status = "active" | "expired" | "disabled" | "revoked";
/**
 * Why a key does not work.
 *
 * @example
 * const why: WhyInvalid | null = key.whyInvalid();
 */
export type WhyInvalid = "manually-revoked" | "leaked" | "owner-removed" | "expired" | "disabled";
/**
 * Whose a key is.
 *
 * @example
 * const type: OwnerType = key.owner.type === "team" ? "team" : "user";
 */
export type OwnerType = "user" | "team";
/**
 * What somebody may do in a team.
 *
 * @example
 * const may = user.hasPermission(team, "$manage_api_keys");
 */
export type Permission =
  | "$manage_api_keys"
  | "$read_members"
  | "$invite_members"
  | "$remove_members"
  | "$update_team"
  | "$delete_team";

/**
 * Where a key may be used, and for what; an empty list does not restrict.
 *
 * @example
 * const office: Restrictions = { ips: ["203.0.113.0/24"], referrers: [], endpoints: ["GET /v1/invoices/*"] };
 */
export interface Restrictions {
  ips: string[];
  referrers: string[];
  endpoints: string[];
}

/**
 * At most `limit` uses in `window_s` seconds, of which `burst` may come at once.
 *
 * @example
 * const limit: RateLimit = { name: "default", limit: 100, window_s: 60 };
 */
export interface RateLimit {
  name: string;
  limit: number;
  window_s: number;
  burst?: number | null;
  auto?: boolean;
}

/**
 * What uses are paid with, and how they come again.
 *
 * @example
 * const credits: Credits = { remaining: 1000, refill: { amount: 1000, every: "month", day: 1 } };
 */
export interface Credits {
  remaining: number;
  refill?: { amount: number; every: "day" | "month"; day?: number | null } | null;
}

/**
 * An owner as a key names it.
 *
 * @example
 * const name = (owner: WireOwner) => owner.name || owner.id;
 */
export interface WireOwner {
  type: OwnerType;
  id: string;
  external_id: string | null;
  name: string;
}

/**
 * A key as the API sends it.
 *
 * @example
 * const { data } = await app.request<WireKey>("GET", "/v1/api-keys/key_01k9…");
 */
export interface WireKey {
  id: string;
  name: string;
  description: string;
  owner: WireOwner;
  created_by: string;
  environment: Environment;
  is_public: boolean;
  prefix: string | null;
  last_four: string | null;
  origin: string | null;
  status: Status;
  why_invalid: WhyInvalid | null;
  enabled: boolean;
  rotation_due: boolean;
  created_at: string;
  secret_created_at: string;
  expires_at: string | null;
  last_used: string | null;
  revoked_at: string | null;
  revoked_reason: string | null;
  previous_secret: { last_four: string | null; valid_until: string; last_used: string | null } | null;
  scopes: string[];
  roles: string[];
  metadata: Record<string, unknown>;
  restrictions: Restrictions;
  rate_limits: RateLimit[];
  credits: Credits | null;
  offline: boolean;
  /** Only in the answer to a creation or rotation. */
  secret?: string;
}

/**
 * A user as the API sends them.
 *
 * @example
 * const { data } = await app.request<WireUser>("GET", "/v1/users/usr_01k9…");
 */
export interface WireUser {
  id: string;
  external_id: string | null;
  email: string | null;
  name: string;
  role: "member" | "admin";
  status: "active" | "invited" | "suspended";
  scopes_grantable: string[];
  rate_limits: RateLimit[];
  metadata: Record<string, unknown>;
  created_at: string;
  last_seen_at: string | null;
}

/**
 * A team as the API sends it.
 *
 * @example
 * const { data } = await app.request<WireTeam>("GET", "/v1/teams/team_01k9…");
 */
export interface WireTeam {
  id: string;
  external_id: string | null;
  name: string;
  scopes_grantable: string[];
  rate_limits: RateLimit[];
  metadata: Record<string, unknown>;
  created_at: string;
}

/**
 * Somebody in a team as the API sends them.
 *
 * @example
 * const { data } = await app.request<WireMember[]>("GET", "/v1/teams/team_01k9…/members");
 */
export interface WireMember {
  user_id: string;
  external_id: string | null;
  email: string | null;
  name: string;
  status: "active" | "invited" | "suspended";
  role: "admin" | "member";
  permissions: Permission[];
  created_at: string;
}

/**
 * What the operator allows for keys that people make.
 *
 * @example
 * const longest = (policy: Policy) => policy.max_lifetime_days || Number.POSITIVE_INFINITY;
 */
export interface Policy {
  allow_user_api_keys: boolean;
  allow_team_api_keys: boolean;
  /** Days; 0 is no bound. */
  max_lifetime_days: number;
  /** Days; 0 offers none. */
  default_lifetime_days: number;
  allow_never: boolean;
  rotate_after_days: number;
  live_keys: "everyone" | "admins";
  leaked_keys: "revoke" | "tell";
}

/**
 * A team of the caller as the API sends it.
 *
 * @example
 * const { data } = await app.request<WireMe>("GET", "/v1/me");
 * const first: WireMyTeam | undefined = data.teams?.[0];
 */
export interface WireMyTeam {
  id: string;
  name: string;
  role: "admin" | "member" | null;
  permissions: Permission[];
  scopes_grantable: string[];
}

/**
 * Who the caller is, as the API sends it.
 *
 * @example
 * const { data } = await app.request<WireMe>("GET", "/v1/me");
 */
export interface WireMe {
  type: "key" | "person" | "panel";
  user: WireUser | null;
  teams: WireMyTeam[] | null;
  session: { id: string; confirmed: boolean } | null;
  second_factor: { on: boolean; recovery_codes_left: number } | null;
  policy: Policy | null;
  /** What the caller may grant for their own keys; `*` is everything. */
  scopes_grantable: string[] | null;
  /** May the caller set credits, rate limits, roles and metadata? */
  may_set_terms: boolean;
  panel: { team_id: string | null; expires_at: string } | null;
}

/**
 * One line of a bill: what a key, an owner or a day was used for.
 *
 * @example
 * const { data } = await app.request<WireUse[]>("GET", "/v1/usage", { query: { group_by: "owner" } });
 */
export interface WireUse {
  /** The first and the last day, as in `2026-11-25`, in UTC. */
  from: string;
  to: string;
  /** Verifications, whatever their answer. */
  uses: number;
  valid: number;
  refused: number;
  /** The same by code: `valid`, `expired`, `rate_limited`, … */
  codes: Record<string, number>;
  /** The sum of what valid uses cost. */
  cost: number;
}

/**
 * An audit event as the API sends it.
 *
 * @example
 * const { data } = await app.request<WireEvent[]>("GET", "/v1/audit-events");
 */
export interface WireEvent {
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  details: unknown;
}
