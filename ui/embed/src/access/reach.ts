// `fetch` for a page of another origin. Its browser does not tell it a refusal from a broken line: once a portal session has ended, the
// server says nothing to the page any more. So where a request fails and the server can be reached, it was a refusal.

import { accessWords } from "../words.ts";

/** The way to a server. The first refused token is answered by 401, so that another one is asked for; one that is refused too, by 403. */
export function reach(baseUrl: string, given?: typeof fetch): typeof fetch {
  let refused: string | null = null;
  return async (input, init) => {
    const send = given ?? fetch;
    const token = bearer(init);
    try {
      const response = await send(input, init);
      if (response.status !== 401) refused = null;
      return response;
    } catch (error) {
      if (token === null || init?.signal?.aborted || !foreign(baseUrl) || !(await answers(baseUrl, init, send)))
        throw error;
      const again = refused !== null && refused !== token;
      refused = token;
      return again ? refusal(403, "forbidden") : refusal(401, "unauthenticated");
    }
  };
}

/** The token that a request shows. */
export function bearer(init: RequestInit | undefined): string | null {
  const value = new Headers(init?.headers).get("authorization");
  return value?.startsWith("Bearer ") ? value.slice("Bearer ".length) : null;
}

function foreign(baseUrl: string): boolean {
  return typeof location !== "undefined" && new URL(baseUrl, location.href).origin !== location.origin;
}

/** Is the server there? Any page may ask for an image of it, and learns no more than whether there was an answer. */
async function answers(baseUrl: string, init: RequestInit | undefined, send: typeof fetch): Promise<boolean> {
  const asked = { mode: "no-cors", cache: "no-store", credentials: "omit" } as const;
  return send(`${baseUrl}/assets/icon.svg`, { ...asked, signal: init?.signal ?? null }).then(
    () => true,
    () => false,
  );
}

function refusal(status: number, code: string): Response {
  const error = { code, message: accessWords.foreign, field: null, request_id: null };
  return new Response(JSON.stringify({ success: false, error }), { status });
}
