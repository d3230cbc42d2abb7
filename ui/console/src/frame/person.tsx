// Who is signed in, and what is theirs: their account, and the way out.

import { Icon } from "@keystead/parts/icon.tsx";
import { Menu } from "@keystead/parts/menu.tsx";
import type { CurrentUser } from "@keystead/sdk";
import { useLocation } from "wouter";
import { BASE } from "../lib/base.ts";
import { signOut } from "./sign-out.ts";
import { words } from "./words.ts";

export function PersonMenu({ user, onShortcuts }: { user: CurrentUser; onShortcuts: () => void }) {
  const [, go] = useLocation();
  const name = user.displayName || user.email || user.id;
  const email = user.email === name ? null : user.email;
  return (
    <Menu
      label={words.person.label(email ? `${name} ${email}` : name)}
      kind="quiet"
      items={[
        { id: "account", text: words.person.account, onPick: () => go("/account") },
        { id: "shortcuts", text: words.person.shortcuts, onPick: onShortcuts },
        { id: "docs", text: words.person.docs, onPick: () => location.assign(`${BASE}/docs`) },
        "line",
        { id: "out", text: words.person.out, onPick: () => void signOut() },
      ]}
    >
      <span className="ks-face" data-initial={[...name][0]?.toUpperCase()} />
      <span className="ks-person">
        <span className="ks-cut">{name}</span> {email && <span className="ks-hint ks-cut">{email}</span>}
      </span>
      <Icon name="down" />
    </Menu>
  );
}
