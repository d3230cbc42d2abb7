// The pages of the console: where each stands, and whom it is for. Sidebar, palette, titles and routes go by this one list.

import type { IconName } from "@keystead/parts/icon.tsx";
import { words } from "./words.ts";

export interface NavPage {
  path: string;
  text: string;
  icon: IconName;
  /** For admins of the instance only. */
  admin?: true;
  /** `g` and this letter go there. */
  letter: string;
}

export const NAV: readonly NavPage[] = [
  { path: "/keys", text: words.nav.keys, icon: "key", letter: "k" },
  { path: "/teams", text: words.nav.teams, icon: "people", letter: "t" },
  { path: "/users", text: words.nav.users, icon: "person", admin: true, letter: "u" },
  { path: "/usage", text: words.nav.usage, icon: "chart", letter: "s" },
  { path: "/audit", text: words.nav.audit, icon: "list", admin: true, letter: "l" },
  { path: "/leaks", text: words.nav.leaks, icon: "alert", letter: "e" },
  { path: "/settings", text: words.nav.settings, icon: "gear", admin: true, letter: "x" },
];

/** Those that this person may open. */
export function navOf(role: "admin" | "member"): readonly NavPage[] {
  return NAV.filter((page) => !page.admin || role === "admin");
}

/** Is this address the page's, or that of something in it? */
export function isAt(page: NavPage, path: string): boolean {
  return path === page.path || path.startsWith(`${page.path}/`);
}
