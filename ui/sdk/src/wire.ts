// What the API sends and takes, in its own words (`/openapi.json` of every server has all of it).

export type Environment = "live" | "test";
export type Status = "active" | "expired" | "disabled" | "revoked";
export type WhyInvalid = "manually-revoked" | "leaked" | "owner-removed" | "expired" | "disabled";
export type OwnerType = "user" | "team";
export type Permission =
  | "$manage_api_keys"
  | "$read_members"
  | "$invite_members"
  | "$remove_members"
  | "$update_team"
  | "$delete_team";

export interface Restrictions {
  ips: string[];
  referrers: string[];
  endpoints: string[];
}

export interface RateLimit {
  name: string;
  limit: number;
  window_s: number;
  burst?: number | null;
  auto?: boolean;
}

export interface Credits {
  remaining: number;
  refill?: { amount: number; every: "day" | "month"; day?: number | null } | null;
}

export interface WireOwner {
  type: OwnerType;
  id: string;
  external_id: string | null;
  name: string;
}

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

export interface WireTeam {
  id: string;
  external_id: string | null;
  name: string;
  scopes_grantable: string[];
  rate_limits: RateLimit[];
  metadata: Record<string, unknown>;
  created_at: string;
}

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

/** What the operator allows for keys that people make. */
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

export interface WireMyTeam {
  id: string;
  name: string;
  role: "admin" | "member" | null;
  permissions: Permission[];
  scopes_grantable: string[];
}

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

/** One line of a bill: what a key, an owner or a day was used for. */
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

export interface WireEvent {
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  details: unknown;
}
