// A team as a backend has it: with what only a backend does.

import type { CallOptions } from "./client.ts";
import type { Page, PageOptions } from "./key.ts";
import { peopleBody, type TeamFacts } from "./people.ts";
import { Team } from "./team.ts";
import type { Permission, WireMember, WireTeam } from "./wire.ts";

/**
 * Somebody in a team.
 *
 * @example
 * const admins = page.items.filter((member: TeamMember) => member.role === "admin");
 */
export interface TeamMember {
  userId: string;
  externalId: string | null;
  email: string | null;
  displayName: string;
  role: "admin" | "member";
  permissions: Permission[];
}

/**
 * A team, for a backend.
 *
 * @example
 * const team = await app.createTeam({ displayName: "Acme" });
 * await team.putMember(user.id, { permissions: ["$manage_api_keys"] });
 */
export class ServerTeam extends Team {
  /**
   * Changes it and returns it as it is now.
   *
   * @example
   * await team.update({ scopesGrantable: ["invoices:read"] });
   */
  async update(change: TeamFacts, { signal }: CallOptions = {}): Promise<ServerTeam> {
    const sent = { body: peopleBody(change), signal };
    const { data } = await this.from.client.request<WireTeam>("PATCH", this.path(""), sent);
    return new ServerTeam(data, this.from);
  }

  /**
   * Who is in it.
   *
   * @example
   * const { items } = await team.listMembers();
   */
  async listMembers({ signal, ...query }: PageOptions = {}): Promise<Page<TeamMember>> {
    const path = this.path("/members");
    const { data, nextCursor } = await this.from.client.request<WireMember[]>("GET", path, { query, signal });
    return { items: data.map(member), nextCursor };
  }

  /**
   * Takes a user into the team, or makes their place in it this one. An admin of the team holds every permission.
   *
   * @example
   * await team.putMember(user.id, { role: "admin" });
   */
  async putMember(
    userId: string,
    place: { role?: "admin" | "member"; permissions?: Permission[] } = {},
    { signal }: CallOptions = {},
  ): Promise<TeamMember> {
    const { data } = await this.from.client.request<WireMember>("PUT", this.#member(userId), { body: place, signal });
    return member(data);
  }

  /**
   * Takes a user out of the team; the team's keys stay.
   *
   * @example
   * await team.removeMember(user.id);
   */
  async removeMember(userId: string, { signal }: CallOptions = {}): Promise<void> {
    await this.from.client.request("DELETE", this.#member(userId), { signal });
  }

  #member(userId: string): string {
    return this.path(`/members/${encodeURIComponent(userId)}`);
  }
}

function member({ user_id, external_id, email, name, role, permissions }: WireMember): TeamMember {
  return { userId: user_id, externalId: external_id, email, displayName: name, role, permissions };
}
