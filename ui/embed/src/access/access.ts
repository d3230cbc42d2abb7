// A token and what becomes of it: who is asked for the next one when it has ended, and that nobody is asked without end. One for each
// element on a page; it lives in memory alone.

import { ApiError, type TokenSource } from "@keystead/sdk";

/** `asking`: the host page has been asked for another token. `ended`: it gave none that works; only it, or the reader, can go on. */
export type Phase = "fine" | "asking" | "ended";

/** What a host page answered: a token sooner or later, `null` for nothing yet. `quiet`: it shows its own news. */
export interface Asked {
  answer: PromiseLike<string> | string | null;
  quiet?: boolean;
}

const ENDED = "session_ended";

/** Is it said above the panel already that access has ended? */
export function isEnded(error: unknown): boolean {
  return error instanceof ApiError && error.code === ENDED;
}

/** How long requests wait for a page that was asked and has not said that it will answer. */
const PATIENCE_MS = 10_000;

export class Access {
  phase: Phase = "fine";
  quiet = false;
  /** Goes up with each token that came after access had ended: what failed meanwhile is to be tried again. */
  revivals = 0;
  #token: string | null;
  /** A token that took over from a refused one and has not worked yet. */
  #unproven: string | null = null;
  #asking: Promise<string> | null = null;
  #settle: ((token: string | null) => void) | null = null;
  readonly #ask: (stale: string | null) => Promise<Asked>;
  readonly #message: string;
  readonly #listeners = new Set<() => void>();

  constructor(token: string | null, ask: (stale: string | null) => Promise<Asked>, message: string) {
    this.#token = token;
    this.#ask = ask;
    this.#message = message;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** For the app: the token, as soon as there is one. */
  readonly source: TokenSource = ({ stale }) => {
    if (this.#token !== null && this.#token !== stale) return this.#token;
    if (this.#asking) return this.#asking;
    if (this.phase === "ended") throw this.#over();
    return this.#renew(stale);
  };

  /** A new token, which nobody was asked for or which is an answer: it is used from now on. */
  give(token: string | null): void {
    if (token === this.#token) return;
    if (this.#settle) this.#settle(token);
    else if (token !== null && this.phase === "ended") this.#take(token, true, true);
    else this.#token = token;
  }

  /** There is somebody else to ask, if anybody has to be. */
  askAgain(): void {
    if (this.#settle) void this.#question(this.#token, this.phase === "asking", this.#settle);
    else this.retry();
  }

  /** The reader wants to go on: the host page is asked once more. */
  retry(): void {
    if (this.phase !== "ended") return;
    this.#unproven = null;
    this.#renew(this.#token).catch(() => {});
  }

  /** An answer of the server to this token. Throws where there is no use in asking for another one. */
  judged(token: string | null, status: number): void {
    if (token === null || token !== this.#unproven) return;
    if (status === 401) {
      this.#become("ended");
      throw this.#over();
    }
    this.#unproven = null;
  }

  #renew(stale: string | null): Promise<string> {
    const late = this.phase === "ended";
    this.#asking = new Promise<string>((resolve, reject) => {
      const settle = (token: string | null) => {
        if (this.#settle !== settle) return;
        this.#asking = this.#settle = null;
        if (!token || token === stale) {
          this.#become("ended");
          return reject(this.#over());
        }
        this.#take(token, stale !== null || late, late);
        resolve(token);
      };
      this.#settle = settle;
      void this.#question(stale, late, settle);
    });
    return this.#asking;
  }

  async #question(stale: string | null, late: boolean, settle: (token: string | null) => void): Promise<void> {
    // Whoever needs the token may be drawing, and the page that is asked may do anything: not at once.
    await null;
    const { answer, quiet = false } = await this.#ask(stale);
    if (this.#settle !== settle) return;
    this.quiet = quiet;
    // The first token is no news: nothing is there yet.
    if (stale !== null || late) this.#become("asking");
    if (answer !== null) Promise.resolve(answer).then(settle, () => settle(null));
    else if (!quiet) setTimeout(settle, PATIENCE_MS, null);
  }

  #take(token: string, unproven: boolean, late: boolean): void {
    this.#token = token;
    this.#unproven = unproven ? token : null;
    if (late) this.revivals += 1;
    this.#become("fine");
  }

  #become(phase: Phase): void {
    this.phase = phase;
    for (const listener of this.#listeners) listener();
  }

  #over(): ApiError {
    return new ApiError({ status: 0, code: ENDED, message: this.#message });
  }
}
