// What a response says: data, or an ApiError.

import { ApiError } from "./error.ts";

/**
 * What an answer carries besides its data.
 *
 * @example
 * const { data, nextCursor }: Answer<WireUser[]> = await app.request("GET", "/v1/users");
 */
export interface Answer<T> {
  data: T;
  nextCursor: string | null;
  etag: string | null;
}

interface Envelope<T> {
  success: boolean;
  data?: T;
  next_cursor?: string | null;
  error?: { code: string; message: string; field?: string | null; request_id?: string | null };
}

/** @internal */
export async function read<T>(response: Response): Promise<Answer<T>> {
  const body = parse<T>(await response.text());
  if (response.ok && body?.success === true) {
    return { data: body.data as T, nextCursor: body.next_cursor ?? null, etag: response.headers.get("etag") };
  }
  const error = body?.success === false ? body.error : null;
  throw new ApiError({
    status: response.status,
    code: error?.code ?? "not_keystead",
    message: error?.message ?? "What answered is not a Keystead server, or a proxy in front of it: check baseUrl.",
    field: error?.field ?? null,
    requestId: error?.request_id ?? response.headers.get("x-request-id"),
    retryAfter: seconds(response.headers.get("retry-after")),
  });
}

function parse<T>(text: string): Envelope<T> | null {
  try {
    return JSON.parse(text) as Envelope<T> | null;
  } catch {
    return null;
  }
}

/** `Retry-After` is seconds, or of some proxies a date. */
function seconds(header: string | null): number | null {
  if (header === null) return null;
  const wait_s = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(wait_s) ? null : Math.max(0, wait_s);
}
