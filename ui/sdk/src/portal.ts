// A portal session: what lets a page of yours act for one user.

/**
 * What a portal session may do, and where.
 *
 * @example
 * const options: PortalSessionOptions = { teamId: "team_01k9…", allowedOrigin: "https://app.example.com" };
 */
export interface PortalSessionOptions {
  /** A team that the user is in: the panel then manages its keys too, if the user may. */
  teamId?: string | undefined;
  /** 60 to 3,600: 900 by default. */
  expiresInSeconds?: number | undefined;
  /** The origin of the pages that embed the panel, as in `https://app.example.com`; without it, only pages of the Keystead server use it. */
  allowedOrigin?: string | undefined;
  /** Out of the scopes that the owner of a key may grant, only these. */
  scopes?: string[] | undefined;
}

/**
 * A portal session. Use either `token` or `url`: opening the link ends the token.
 *
 * @example
 * const { token }: PortalSession = await user.createPortalSession({ allowedOrigin: "https://app.example.com" });
 */
export interface PortalSession {
  /** For a page of yours, which gives it to `KeysteadClientApp` or `<KeysteadProvider>`. */
  token: string;
  /** A page of the Keystead server with the panel. The link works once, for a minute. */
  url: string;
  expiresAt: Date;
}

/** @internal */
export interface WirePortalSession {
  token: string;
  url: string;
  expires_at: string;
}

/** @internal */
export function portalBody(options: PortalSessionOptions): Record<string, unknown> {
  const { teamId, expiresInSeconds, allowedOrigin, scopes } = options;
  return { team_id: teamId, expires_in_s: expiresInSeconds, allowed_origin: allowedOrigin, scopes };
}
