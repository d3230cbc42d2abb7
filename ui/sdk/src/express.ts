// requireApiKey for Express, Connect and what else has (request, response, next).

import { isRefusal, type Judge, judged, type RequireOptions } from "./guard.ts";
import type { Verdict } from "./verify.ts";

export type { Judge, RequireOptions } from "./guard.ts";

declare global {
  namespace Express {
    interface Request {
      /** Who calls, after `requireApiKey`. */
      keystead?: Verdict;
    }
  }
}

/**
 * What is used of an Express request.
 *
 * @example
 * const ip = (request: ExpressRequest) => request.ip;
 */
export interface ExpressRequest {
  method: string;
  /** With Express, the whole path, where a router has cut `url`. */
  originalUrl?: string | undefined;
  url?: string | undefined;
  /** With Express, the address according to its `trust proxy` setting. */
  ip?: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  keystead?: Verdict;
}

/**
 * What is used of an Express response.
 *
 * @example
 * const refuse = (response: ExpressResponse) => response.end();
 */
export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

/**
 * Lets only requests with a valid API key through, and puts the verdict at `request.keystead`. The key comes as `Authorization: Bearer …` or
 * `X-API-Key`. Where Keystead cannot be asked, nobody is let in: 503.
 *
 * @example
 * const app = new KeysteadServerApp({ baseUrl, secretKey, timeoutMs: 2_000 });
 * server.get("/v1/invoices", requireApiKey(app, { scopes: ["invoices:read"] }), (request, response) => {
 *   response.json({ owner: request.keystead?.owner?.id });
 * });
 */
export function requireApiKey<Asked extends ExpressRequest = ExpressRequest>(
  app: Judge,
  options: RequireOptions<Asked> = {},
): (request: Asked, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    const facts = {
      header: (name: string) => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(", ") : value;
      },
      method: request.method,
      path: request.originalUrl ?? request.url ?? "",
      ip: options.ip ? options.ip(request) : request.ip,
    };
    const verdict = await judged(app, facts, options);
    if (!isRefusal(verdict)) {
      request.keystead = verdict;
      return next();
    }
    response.statusCode = verdict.status;
    response.setHeader("Content-Type", "application/json");
    for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
    response.end(JSON.stringify(verdict.body));
  };
}
