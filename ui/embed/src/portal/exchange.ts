// The code of a portal link becomes a token, once.

import { ApiError, KeysteadClientApp } from "@keystead/sdk";

/** The token; null where the code has been used, is too old, or never was one. */
export async function exchange(baseUrl: string, code: string): Promise<string | null> {
  if (code === "") return null;
  const app = new KeysteadClientApp({ baseUrl, session: true });
  try {
    const body = { code: decodeURIComponent(code) };
    return (await app.request<{ token: string }>("POST", "/v1/portal-sessions/exchange", { body })).data.token;
  } catch (error) {
    if (error instanceof URIError || (error instanceof ApiError && error.field === "/code")) return null;
    throw error;
  }
}
