// People: one that is signed in (or whom a panel is for), and one that a backend asks about.

import type { Origin } from "./key.ts";
import { KeyOwner } from "./owner.ts";
import { CurrentTeam } from "./team.ts";
import type { Permission, Policy, WireMe, WireUser } from "./wire.ts";

/**
 * A person.
 *
 * @example
 * const greet = (user: User) => `Hello ${user.displayName}`;
 */
export class User extends KeyOwner<"user"> {
  /** Your own id of them. */
  readonly externalId: string | null;
  readonly email: string | null;
  readonly displayName: string;
  readonly role: "member" | "admin";
  readonly status: "active" | "invited" | "suspended";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;

  /** @internal */
  constructor(wire: WireUser, from: Origin) {
    super(wire.id, "users", from);
    this.externalId = wire.external_id;
    this.email = wire.email;
    this.displayName = wire.name;
    this.role = wire.role;
    this.status = wire.status;
    this.metadata = wire.metadata;
    this.createdAt = new Date(wire.created_at);
  }
}

/**
 * The person that the app acts for.
 *
 * @example
 * const user = await app.getUser({ or: "throw" });
 * const team = user.getTeam("team_01k9…");
 */
export class CurrentUser extends User {
  /** Their teams, as far as the credential reaches. */
  readonly teams: readonly CurrentTeam[];
  /** Scopes that they may give to their own keys; `*` is every one. */
  readonly scopesGrantable: readonly string[];
  /** May they set credits, rate limits, roles and metadata? */
  readonly maySetTerms: boolean;
  /** What the operator allows for keys. */
  readonly policy: Policy | null;

  /** @internal */
  constructor(me: WireMe & { user: WireUser }, from: Origin) {
    super(me.user, from);
    this.teams = (me.teams ?? []).map((team) => new CurrentTeam(team, from));
    this.scopesGrantable = me.scopes_grantable ?? [];
    this.maySetTerms = me.may_set_terms;
    this.policy = me.policy;
  }

  /**
   * The team with this id, or null where the person is not in it.
   *
   * @example
   * const team = user.getTeam("team_01k9…");
   */
  getTeam(id: string): CurrentTeam | null {
    return this.teams.find((team) => team.id === id) ?? null;
  }

  /**
   * May the person do this in that team?
   *
   * @example
   * if (user.hasPermission(team, "$read_members")) showMembers();
   */
  hasPermission(team: { id: string }, permission: Permission): boolean {
    return this.getTeam(team.id)?.permissions.includes(permission) ?? false;
  }
}
