// What leaves the page as a file, or comes as a stream: answers that are not one JSON value. The same session, the same errors.

import { ApiError, type Query } from "@keystead/sdk";
import { app } from "./app.ts";
import { watchedFetch } from "./fetch.ts";

/** Fetches a file and hands it to the browser to keep. */
export async function take(path: string, query: Query, type: string, name: string): Promise<void> {
  const answer = await ask(path, query, type);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by the end of this turn.
  setTimeout(() => URL.revokeObjectURL(url));
}

/** One value per line, as they arrive. */
export async function* lines<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<T> {
  const answer = await ask(path, query, "application/x-ndjson", signal);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    const parts = (rest + (value ?? "")).split("\n");
    rest = done ? "" : (parts.pop() ?? "");
    for (const line of parts) if (line !== "") yield JSON.parse(line) as T;
    if (done) return;
  }
}

async function ask(path: string, query: Query, type: string, signal?: AbortSignal): Promise<Response> {
  const url = new URL(app.baseUrl + path);
  for (const [name, value] of Object.entries(query)) if (value != null) url.searchParams.set(name, String(value));
  const init: RequestInit = { headers: { Accept: type }, credentials: "same-origin", redirect: "error" };
  const answer = await watchedFetch(url, { ...init, ...(signal && { signal }) }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    const message = "The server could not be reached: check the connection and try again.";
    throw new ApiError({ status: 0, code: "network", message }, { cause });
  });
  if (answer.ok) return answer;
  const failure = await answer.json().catch(() => null);
  const {
    code = "not_keystead",
    message = "The server did not answer this: try again.",
    request_id,
  } = failure?.error ?? {};
  throw new ApiError({ status: answer.status, code, message, requestId: request_id ?? null });
}
