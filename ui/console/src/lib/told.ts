// A refusal for asking too often says how long to wait, in words.

import { ApiError } from "@keystead/sdk";
import { lib } from "./words.ts";

export function told(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.status !== 429 || error.retryAfter === null) return error;
  const { status, code, field, requestId, retryAfter } = error;
  return new ApiError(
    { status, code, field, requestId, retryAfter, message: lib.throttled(retryAfter) },
    { cause: error },
  );
}
