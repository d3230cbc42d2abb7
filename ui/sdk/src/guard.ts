// What the middleware for Express, Hono and Next have in common: from what a request carries to a verdict or a refusal. Runs on every request
// of a host application; lets nobody in without a valid verdict; neither logs a key nor repeats it.

import type { Verdict, VerifyOptions } from "./verify.ts";

/**
 * Who judges: a `KeysteadServerApp`. For tests, anything that answers a verdict.
 *
 * @example
 * const judge: Judge = new KeysteadServerApp({ baseUrl, secretKey, timeoutMs: 2_000 });
 */
export interface Judge {
  verifyApiKey(options: VerifyOptions): Promise<Verdict>;
}

/**
 * What a key must be good for, and where the facts about a request come from. Method, path and referrer are taken from the request.
 *
 * @example
 * const options: RequireOptions<Request> = { scopes: ["invoices:read"], ip: (request) => request.headers.get("x-real-ip") ?? undefined };
 */
export interface RequireOptions<Asked>
  extends Pick<VerifyOptions, "scopes" | "anyScopes" | "environment" | "cost" | "rateLimits" | "include"> {
  /** The caller's address, as *your* proxy says it: without it, keys that are bound to addresses are refused. */
  ip?: (request: Asked) => string | undefined;
  /** Told when Keystead could not say, and the caller got a 503: for your log. The error has no key in it. */
  onError?: (error: unknown) => void;
}

/** @internal What of a request counts. */
export interface Facts {
  /** Of a header, in lower case. */
  header(name: string): string | undefined;
  method: string;
  /** A query is cut off. */
  path: string;
  ip?: string | undefined;
}

/** @internal */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: { error: { code: string; message: string } };
}

/** No key is longer, and no longer one is asked about. */
const KEY_MAX = 4096;
/** What is longer is not said: the server would refuse the question, and a key that is bound to it is refused without. */
const REFERRER_MAX = 2048;
const PATH_MAX = 8192;
const within = (max: number, text: string | undefined) => (text && text.length <= max ? text : undefined);

/** @internal */
export async function judged<Asked>(
  judge: Judge,
  facts: Facts,
  options: RequireOptions<Asked>,
): Promise<Verdict | Refusal> {
  const { ip: _, onError, ...asked } = options;
  const bearer = /^bearer +(.*)$/i.exec(facts.header("authorization") ?? "")?.[1]?.trim();
  const plain = facts.header("x-api-key")?.trim();
  if (bearer && plain && bearer !== plain) return TWO_KEYS;
  const apiKey = bearer || plain;
  if (!apiKey) return NO_KEY;
  if (apiKey.length > KEY_MAX) return BAD_KEY;
  const referrer = within(REFERRER_MAX, facts.header("referer") ?? facts.header("origin"));
  const path = within(PATH_MAX, facts.path.replace(/[?#].*$/s, ""));
  try {
    const verdict = await judge.verifyApiKey({ ...asked, apiKey, method: facts.method, path, ip: facts.ip, referrer });
    return verdict.valid === true && verdict.code === "valid" ? verdict : refusal(verdict);
  } catch (error) {
    onError?.(error);
    return NOBODY_SAYS;
  }
}

const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}): Refusal => ({
  status,
  headers: { "Cache-Control": "no-store", ...headers },
  body: { error: { code, message } },
});

const TWO_KEYS = refuse(400, "invalid", "Authorization and X-API-Key name different keys: send one of them.");
const NO_KEY = refuse(401, "unauthenticated", "An API key is required: send Authorization: Bearer <key>.", {
  "WWW-Authenticate": "Bearer",
});
const BAD_KEY = refuse(401, "unauthenticated", "This API key is not valid: use another one, or make a new one.", {
  "WWW-Authenticate": 'Bearer error="invalid_token"',
});
const NOBODY_SAYS = refuse(503, "unavailable", "API keys cannot be checked now: try again.", { "Retry-After": "1" });

/** Why a key itself is not good is for its owner to see; what it may not do is for its user, too. */
function refusal({ code, missingScopes, retryAfterMs }: Verdict): Refusal {
  const later = retryAfterMs === null ? {} : { "Retry-After": String(Math.ceil(retryAfterMs / 1000)) };
  switch (code) {
    case "insufficient_scope": {
      const scope = missingScopes.length > 0 ? `, scope="${missingScopes.join(" ")}"` : "";
      const challenge = { "WWW-Authenticate": `Bearer error="insufficient_scope"${scope}` };
      return refuse(403, code, "This API key lacks a scope for this: use one that has it.", challenge);
    }
    case "ip_denied":
      return refuse(403, code, "This API key is bound to other addresses: use it from one of those.");
    case "referrer_denied":
      return refuse(403, code, "This API key is bound to other pages: use it from one of those.");
    case "endpoint_denied":
      return refuse(403, code, "This API key is bound to other calls: use one that is good for this one.");
    case "rate_limited":
      return refuse(429, code, "Too many requests with this API key: wait, then try again.", later);
    case "credits_exhausted":
      return refuse(429, code, "This API key has too few credits left for this.");
    default:
      return BAD_KEY;
  }
}

/** @internal */
export function isRefusal(judged: Verdict | Refusal): judged is Refusal {
  return "status" in judged;
}

/** @internal For those who answer with a `Response`. */
export function response({ status, headers, body }: Refusal): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}
