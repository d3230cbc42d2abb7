// The token of a link that works once. It stands behind the #, which no server and no log sees, leaves the address bar before anything else
// happens, and is in this page's memory and nowhere else.

let token: string | null = null;

/** Reads the address, the first time; "" where there is no token in it. */
export function takeToken(): string {
  if (location.hash !== "" || token === null) token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (location.hash !== "") history.replaceState(history.state, "", location.pathname);
  return token;
}
