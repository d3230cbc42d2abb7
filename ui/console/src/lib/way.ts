// The way to the sign-in and back to where somebody was. Only paths of the console itself are ever gone back to.

import { BASE } from "./base.ts";

export const HOME = "/keys";
/** Pages for those who are not in. */
const ENTRANCES = ["/sign-in", "/setup", "/invitation"];

/** Is the page that is shown one for those who are not in? */
export function atEntrance(): boolean {
  return isEntrance(inside(location.pathname));
}

/** Somebody who is still here by then has stopped the browser from leaving. */
const LEFT_MS = 5_000;
let leaving = false;

/**
 * Leaves for the sign-in, with the way back. What the page had in memory is gone with it. Of several answers that say so together one does it:
 * another would begin the way anew.
 */
export function toSignIn(): void {
  if (leaving) return;
  leaving = true;
  setTimeout(() => {
    leaving = false;
  }, LEFT_MS);
  const here = inside(location.pathname) + location.search;
  location.replace(`${BASE}/sign-in${here === "/" ? "" : `?${new URLSearchParams({ return_to: here })}`}`);
}

/** Where to go after the sign-in, as a path of the console. */
export function wayBack(search = location.search): string {
  const wanted = new URLSearchParams(search).get("return_to") ?? HOME;
  // A second slash or a backslash would be another server's name.
  if (!/^\/(?![/\\])/.test(wanted)) return HOME;
  const url = new URL(wanted, location.origin);
  const safe = url.origin === location.origin && !isEntrance(url.pathname);
  return safe ? url.pathname + url.search : HOME;
}

/** Leaves for a path of the console, as whoever the cookie says it is now. */
export function enter(path: string): void {
  location.assign(BASE + path);
}

/** A path of this origin as one of the console. */
export function inside(path: string): string {
  return path.startsWith(BASE) ? path.slice(BASE.length) || "/" : path;
}

function isEntrance(path: string): boolean {
  return ENTRANCES.some((entrance) => path === entrance || path.startsWith(`${entrance}/`));
}
