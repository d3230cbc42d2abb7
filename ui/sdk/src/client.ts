// One request to a Keystead server: credential, time limit, patience with 429 and 503, and failures as ApiError. It keeps no answer.

import { ApiError } from "./error.ts";

/** How the client shows who it is. */
export type Credential =
  /** A portal token (in browsers) or a secret key (on servers), or a function that fetches one; it is asked anew when the old one has ended. */
  | { token: string | TokenSource }
  /** The session cookie: for pages that the Keystead server serves itself. */
  | { session: true };

/** Fetches a token from your own backend. `stale` is one that the server has refused. */
export type TokenSource = (why: { stale: string | null; signal?: AbortSignal }) => string | Promise<string>;

export interface ClientOptions {
  /** Where the server is, as in `https://keys.example.com`; a path in it is kept. */
  baseUrl: string;
  credential: Credential;
  /** Milliseconds that one attempt may take: 10,000 by default. */
  timeoutMs?: number;
  /** Further attempts after 429, 503 or a lost connection, for requests that may be repeated: 2 by default. */
  retries?: number;
  /** Another `fetch`, for tests and for runtimes with an own one. */
  fetch?: typeof fetch;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** May it be sent again when no answer came? By default, what has no body and is not a POST, and what has an Idempotency-Key. */
  repeatable?: boolean;
}

/** What an answer carries besides its data. */
export interface Answer<T> {
  data: T;
  nextCursor: string | null;
  etag: string | null;
}

const TIMEOUT_MS = 10_000;
const RETRIES = 2;
/** A server that asks for more patience than this gets an error instead: whoever called decides. */
const LONGEST_WAIT_S = 20;

/** @internal The package's own way to the server; `KeysteadClientApp.request` is the public one. */
export class Client {
  readonly baseUrl: string;
  readonly #options: ClientOptions;
  #token: Promise<string> | null = null;
  #known: string | null = null;

  constructor(options: ClientOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.#options = options;
    const { credential } = options;
    if ("token" in credential && typeof credential.token === "string") this.#known = credential.token;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const url = this.baseUrl + path + search(options.query);
    const repeatable =
      options.repeatable ??
      ((method !== "POST" && method !== "PATCH") || options.headers?.["Idempotency-Key"] !== undefined);
    let renewed = false;
    for (let attempt = 0; ; attempt += 1) {
      const token = await this.#currentToken(options.signal);
      const sent = await this.#send<T>(method, url, token, options).catch((error: unknown) => asApiError(error));
      if (!(sent instanceof ApiError)) return sent;
      if (sent.status === 401 && token !== null && !renewed && this.#forget(token)) {
        renewed = true;
        continue;
      }
      const wait = attempt < (this.#options.retries ?? RETRIES) ? patience(sent, attempt, repeatable) : null;
      if (wait === null) throw sent;
      await sleep(wait, options.signal);
    }
  }

  async #send<T>(method: string, url: string, token: string | null, options: RequestOptions): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    else if (method !== "GET") headers["X-Keystead-Request"] = "1";
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    const limit = deadline(this.#options.timeoutMs ?? TIMEOUT_MS, options.signal);
    try {
      const init: RequestInit = { method, headers, signal: limit.signal, redirect: "error" };
      // Some runtimes have no notion of cookies and refuse to be told about them.
      if (!isServer()) init.credentials = token === null ? "same-origin" : "omit";
      if (options.body !== undefined) init.body = JSON.stringify(options.body);
      const response = await (this.#options.fetch ?? fetch)(url, init);
      return await read<T>(response);
    } catch (error) {
      if (error instanceof ApiError || options.signal?.aborted) throw error;
      throw limit.passed()
        ? new ApiError({ status: 0, code: "timeout", message: "The server took too long to answer: try again." })
        : new ApiError(
            {
              status: 0,
              code: "network",
              message: "The server could not be reached: check the connection and try again.",
            },
            { cause: error },
          );
    } finally {
      limit.clear();
    }
  }

  async #currentToken(signal?: AbortSignal): Promise<string | null> {
    const { credential } = this.#options;
    if ("session" in credential) return null;
    if (typeof credential.token === "string") return credential.token;
    // Requests that begin together wait for one token.
    this.#token ??= Promise.resolve(credential.token({ stale: this.#known, ...(signal && { signal }) })).catch(
      (error) => {
        this.#token = null;
        throw error;
      },
    );
    this.#known = await this.#token;
    return this.#known;
  }

  /** True where another token can be asked for. */
  #forget(token: string): boolean {
    const { credential } = this.#options;
    if ("session" in credential || typeof credential.token === "string") return false;
    if (this.#known === token) this.#token = null;
    return true;
  }
}

function isServer(): boolean {
  return typeof document === "undefined";
}

function search(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const requestId = response.headers.get("x-request-id");
  const body = (await response.json().catch(() => null)) as Envelope<T> | null;
  if (response.ok && body?.success === true) {
    return { data: body.data as T, nextCursor: body.next_cursor ?? null, etag: response.headers.get("etag") };
  }
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const error = body?.success === false ? body.error : null;
  throw new ApiError({
    status: response.status,
    code: error?.code ?? "not_keystead",
    message: error?.message ?? "What answered is not a Keystead server, or a proxy in front of it: check baseUrl.",
    field: error?.field ?? null,
    requestId: error?.request_id ?? requestId,
    retryAfter: Number.isNaN(retryAfter) ? null : retryAfter,
  });
}

interface Envelope<T> {
  success: boolean;
  data?: T;
  next_cursor?: string | null;
  error?: { code: string; message: string; field?: string | null; request_id?: string | null };
}

/** Milliseconds until the next attempt, or null for none. */
function patience(error: ApiError, attempt: number, repeatable: boolean): number | null {
  // 429 and 503 say that nothing was done.
  const refused = error.status === 429 || error.status === 503;
  const lost = repeatable && (error.code === "network" || error.code === "timeout");
  if (!refused && !lost) return null;
  const wait_s = error.retryAfter ?? 0.25 * 2 ** attempt;
  return wait_s <= LONGEST_WAIT_S ? wait_s * 1000 : null;
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** AbortSignal.any and .timeout are younger than the oldest runtime that this package serves. */
function deadline(ms: number, outer?: AbortSignal) {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    controller.abort();
  }, ms);
  const stop = () => controller.abort(outer?.reason);
  if (outer?.aborted) stop();
  else outer?.addEventListener("abort", stop, { once: true });
  const clear = () => {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  };
  return { signal: controller.signal, passed: () => passed, clear };
}
