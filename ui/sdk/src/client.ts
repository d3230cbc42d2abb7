// One request to a Keystead server: credential, time limit, patience with 429 and 503, and failures as ApiError. It keeps no answer.

import { type Answer, read } from "./answer.ts";
import { ApiError } from "./error.ts";
import { type Credential, Token } from "./token.ts";
import { deadline, sleep } from "./wait.ts";

/** @internal */
export interface ClientOptions {
  baseUrl: string;
  credential: Credential;
  timeoutMs?: number | undefined;
  retries?: number | undefined;
  fetch?: typeof fetch | undefined;
}

/**
 * The part of an address after `?`; null and undefined are left out.
 *
 * @example
 * const query: Query = { limit: 20, cursor: null };
 */
export type Query = Record<string, string | number | boolean | null | undefined>;

/**
 * Of every call.
 *
 * @example
 * await user.createApiKey({ description: "laptop", expiresAt: null }, { signal: AbortSignal.timeout(5_000) });
 */
export interface CallOptions {
  /** Calls it off. */
  signal?: AbortSignal | undefined;
}

/**
 * Of `app.request`.
 *
 * @example
 * const options: RequestOptions = { body: { name: "Acme" }, once: true };
 */
export interface RequestOptions extends CallOptions {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  /** May it be sent again when no answer came? By default, what is neither POST nor PATCH, and what has an Idempotency-Key. */
  repeatable?: boolean;
  /** Sends a random Idempotency-Key, so that it is done once however often it is sent. */
  once?: boolean;
}

const TIMEOUT_MS = 10_000;
const RETRIES = 2;
/** A server that asks for more patience than this gets an error instead: whoever called decides. */
const LONGEST_WAIT_S = 20;

/** @internal The package's own way to the server; `request` of an app is the public one. */
export class Client {
  readonly baseUrl: string;
  readonly #options: ClientOptions;
  readonly #token: Token;

  constructor(options: ClientOptions) {
    if (typeof options.baseUrl !== "string")
      throw new TypeError("baseUrl is missing: it says where your Keystead server is");
    this.baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.#options = options;
    this.#token = new Token(options.credential);
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const { signal, once } = options;
    const headers = { ...options.headers, ...(once && { "Idempotency-Key": name() }) };
    const repeatable =
      options.repeatable ?? ((method !== "POST" && method !== "PATCH") || headers["Idempotency-Key"] !== undefined);
    let renewed = false;
    if (signal?.aborted) throw signal.reason;
    for (let attempt = 0; ; attempt += 1) {
      const token = await this.#token.current(signal);
      const sent = await this.#send<T>(method, path, token, { ...options, headers }).catch(asApiError);
      if (!(sent instanceof ApiError)) return sent;
      if (sent.status === 401 && token !== null && !renewed && this.#token.refused(token)) {
        renewed = true;
        continue;
      }
      const wait_ms = attempt < (this.#options.retries ?? RETRIES) ? patience(sent, attempt, repeatable) : null;
      if (wait_ms === null) throw sent;
      await sleep(wait_ms, signal);
    }
  }

  async #send<T>(method: string, path: string, token: string | null, options: RequestOptions): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    else if (method !== "GET") headers["X-Keystead-Request"] = "1";
    const init: RequestInit = { method, headers, redirect: "error" };
    // Some runtimes have no notion of cookies and refuse to be told about them.
    if (typeof document !== "undefined") init.credentials = token === null ? "same-origin" : "omit";
    if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(options.body);
    }
    const limit = deadline(this.#options.timeoutMs ?? TIMEOUT_MS, options.signal);
    try {
      const url = this.baseUrl + path + search(options.query);
      return await read<T>(await (this.#options.fetch ?? fetch)(url, { ...init, signal: limit.signal }));
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (options.signal?.aborted) throw options.signal.reason;
      throw limit.passed() ? SLOW() : LOST(error);
    } finally {
      limit.clear();
    }
  }
}

const SLOW = () =>
  new ApiError({ status: 0, code: "timeout", message: "The server took too long to answer: try again." });
const LOST = (cause: unknown) =>
  new ApiError(
    { status: 0, code: "network", message: "The server could not be reached: check the connection and try again." },
    { cause },
  );

function search(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** Milliseconds until the next attempt, or null for none. */
function patience(error: ApiError, attempt: number, repeatable: boolean): number | null {
  // With these two codes the server says that nothing was done; a proxy that answers in its place does not know.
  const refused = error.code === "rate_limited" || error.code === "unavailable";
  const lost = error.code === "network" || error.code === "timeout" || [502, 503, 504].includes(error.status);
  if (!refused && !(repeatable && lost)) return null;
  // Half of it by chance, so that those who were refused together do not come back together.
  const wait_s = error.retryAfter ?? 0.25 * 2 ** attempt * (0.5 + Math.random() / 2);
  return wait_s <= LONGEST_WAIT_S ? wait_s * 1000 : null;
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}

/** Another one each time; no secret. Pages without https and Node 18 have no `crypto.randomUUID`. */
function name(): string {
  const part = () => Math.random().toString(36).slice(2);
  return globalThis.crypto?.randomUUID?.() ?? part() + part() + part();
}
