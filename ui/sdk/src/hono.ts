// requireApiKey for Hono.

import { isRefusal, type Judge, judged, type RequireOptions, response } from "./guard.ts";
import type { Verdict } from "./verify.ts";

export type { Judge, RequireOptions } from "./guard.ts";

/**
 * What `requireApiKey` sets in the context.
 *
 * @example
 * const api = new Hono<{ Variables: KeysteadVariables }>();
 */
export interface KeysteadVariables {
  keystead: Verdict;
}

/**
 * What is used of a Hono context.
 *
 * @example
 * const ip = (context: HonoContext) => context.req.header("x-real-ip");
 */
export interface HonoContext {
  req: { method: string; url: string; header(name: string): string | undefined };
  // biome-ignore lint/suspicious/noExplicitAny: Hono's own set is typed by the variables of each app
  set: (key: any, value: any) => void;
}

/**
 * Lets only requests with a valid API key through, and sets `keystead` in the context to the verdict. The key comes as
 * `Authorization: Bearer …` or `X-API-Key`. Where Keystead cannot be asked, nobody is let in: 503.
 *
 * @example
 * const api = new Hono<{ Variables: KeysteadVariables }>();
 * api.use("/v1/*", requireApiKey(app, { scopes: ["invoices:read"], ip: (c) => getConnInfo(c).remote.address }));
 * api.get("/v1/invoices", (c) => c.json({ owner: c.get("keystead").owner?.id }));
 */
export function requireApiKey<Context extends HonoContext = HonoContext>(
  app: Judge,
  options: RequireOptions<Context> = {},
): (context: Context, next: () => Promise<void>) => Promise<Response | undefined> {
  return async (context, next) => {
    const { req } = context;
    const facts = {
      header: (name: string) => req.header(name),
      method: req.method,
      path: new URL(req.url).pathname,
      ip: options.ip?.(context),
    };
    const verdict = await judged(app, facts, options);
    if (isRefusal(verdict)) return response(verdict);
    context.set("keystead", verdict);
    await next();
    return undefined;
  };
}
