// A user as a backend has them: with what only a backend does.

import type { CallOptions } from "./client.ts";
import { peopleBody, type UserUpdateOptions } from "./people.ts";
import { type PortalSession, type PortalSessionOptions, portalBody, type WirePortalSession } from "./portal.ts";
import { User } from "./user.ts";
import type { WireUser } from "./wire.ts";

/**
 * A user, for a backend.
 *
 * @example
 * const user = await app.getUser("usr_01k9…");
 * await user?.createApiKey({ description: "production", expiresAt: null });
 */
export class ServerUser extends User {
  /**
   * Lets a page of yours show and change this user's keys, for a while. The key of your backend needs `keystead:portal`.
   *
   * @example
   * // The one route that <KeysteadProvider token={…}> and <keystead-api-keys> need:
   * const { token } = await user.createPortalSession({ allowedOrigin: "https://app.example.com" });
   */
  async createPortalSession(options: PortalSessionOptions = {}, { signal }: CallOptions = {}): Promise<PortalSession> {
    // One that is made twice is one that ends unused.
    const sent = { body: portalBody(options), repeatable: true, signal };
    const { data } = await this.from.client.request<WirePortalSession>("POST", this.path("/portal-sessions"), sent);
    return { token: data.token, url: data.url, expiresAt: new Date(data.expires_at) };
  }

  /**
   * Changes them and returns them as they are now.
   *
   * @example
   * await user.update({ status: "suspended" });
   */
  async update(change: UserUpdateOptions, { signal }: CallOptions = {}): Promise<ServerUser> {
    const sent = { body: peopleBody(change), signal };
    const { data } = await this.from.client.request<WireUser>("PATCH", this.path(""), sent);
    return new ServerUser(data, this.from);
  }
}
