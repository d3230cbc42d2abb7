// requireApiKey for route handlers of Next, and whatever else answers a Request with a Response.

import { isRefusal, type Judge, judged, type RequireOptions, response } from "./guard.ts";
import type { Verdict } from "./verify.ts";

export type { Judge, RequireOptions } from "./guard.ts";

/**
 * Wraps a route handler: it is called only for requests with a valid API key, with the verdict as its second argument and what the framework
 * gives (in Next, the context with its `params`) after it. The key comes as `Authorization: Bearer …` or `X-API-Key`. Where Keystead cannot
 * be asked, nobody is let in: 503.
 *
 * @example
 * export const GET = requireApiKey(app, { scopes: ["invoices:read"] }, async (request, { owner }) => {
 *   return Response.json({ owner: owner?.id });
 * });
 */
export function requireApiKey<Asked extends Request = Request, Rest extends unknown[] = unknown[]>(
  app: Judge,
  options: RequireOptions<Asked>,
  handler: (request: Asked, verdict: Verdict, ...rest: Rest) => Response | Promise<Response>,
): (request: Asked, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const facts = {
      header: (name: string) => request.headers.get(name) ?? undefined,
      method: request.method,
      path: new URL(request.url).pathname,
      ip: options.ip?.(request),
    };
    const verdict = await judged(app, facts, options);
    return isRefusal(verdict) ? response(verdict) : handler(request, verdict, ...rest);
  };
}
