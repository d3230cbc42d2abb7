// What every method of this package throws when the server says no, or cannot be asked.

/**
 * The codes of `error.code` that the API promises, and those of this package for what never became an answer.
 *
 * @example
 * const retry: ErrorCode[] = ["network", "timeout", "unavailable"];
 */
export type ErrorCode =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "precondition_failed"
  | "too_large"
  | "unsupported_media_type"
  | "misdirected"
  | "unprocessable"
  | "rate_limited"
  | "internal"
  | "unavailable"
  | "network"
  | "timeout"
  /** The function that fetches tokens failed; `cause` says how. */
  | "no_token"
  /** The key was made, and its secret was lost on the way: `keyId` says which key. Rotate it, or revoke it and make another. */
  | "secret_lost"
  | "not_keystead";

/**
 * Everything that is known of a failure. `status` is 0 where no answer came.
 *
 * @example
 * const facts: ErrorFacts = { status: 404, code: "not_found", message: "There is no such team." };
 */
export interface ErrorFacts {
  status: number;
  code: ErrorCode | (string & {});
  message: string;
  field?: string | null;
  requestId?: string | null;
  /** Seconds to wait, where the server said so. */
  retryAfter?: number | null;
  keyId?: string | null;
}

/**
 * The one error of this package. Its message is the server's: it says what to do next, and never repeats what was sent.
 *
 * @example
 * try {
 *   await user.createApiKey({ description: "laptop", expiresAt: null });
 * } catch (error) {
 *   if (error instanceof ApiError && error.field === "/expires_at") showBesideTheDate(error.message);
 *   else throw error;
 * }
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status, or 0 where no answer came (`network`, `timeout`). */
  readonly status: number;
  readonly code: ErrorCode | (string & {});
  /** A JSON pointer to the field that is wrong, as in `/expires_at`. */
  readonly field: string | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  /** Seconds to wait before asking again, where the server said so. */
  readonly retryAfter: number | null;
  /** With `secret_lost`: the key that was made. */
  readonly keyId: string | null;

  constructor(facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.message, options);
    this.status = facts.status;
    this.code = facts.code;
    this.field = facts.field ?? null;
    this.requestId = facts.requestId ?? null;
    this.retryAfter = facts.retryAfter ?? null;
    this.keyId = facts.keyId ?? null;
  }
}

/** @internal For what answers with a secret: the first answer was lost, and the second one has no secret in it. */
export function secretLost(error: unknown): never {
  const keyId =
    error instanceof ApiError && error.status === 409 ? /\((key_[0-9a-z]{26})\)$/.exec(error.message)?.[1] : null;
  if (!keyId) throw error;
  const message =
    "The connection was lost after the key got its secret, and no secret is shown twice: rotate the key, or revoke it and make another.";
  throw new ApiError({ status: 409, code: "secret_lost", message, requestId: (error as ApiError).requestId, keyId });
}
