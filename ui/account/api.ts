// One call of the API as the page's own session, and what failed of it.

export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
    // A JSON pointer to the value at fault, "" where there is none.
    readonly field: string,
  ) {
    super(message);
  }
}

interface Envelope<T> {
  data?: T;
  error?: { message?: string; field?: string | null };
}

export async function call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { "X-Keystead-Request": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch {
    throw new Failure(0, "No answer: is the server running, and the network there?", "");
  }
  const envelope = (await response.json().catch(() => ({}))) as Envelope<T>;
  if (response.ok) return envelope.data as T;
  // The session has ended, here or elsewhere.
  if (response.status === 401 && location.pathname === "/account") location.assign("/sign-in");
  const wait = response.status === 429 ? response.headers.get("Retry-After") : null;
  const message = wait ? `Too many attempts: try again in ${duration(Number(wait))}` : envelope.error?.message;
  throw new Failure(response.status, message ?? `The server answered ${response.status}`, envelope.error?.field ?? "");
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
