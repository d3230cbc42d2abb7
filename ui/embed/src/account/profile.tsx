// Who somebody is here, to read: whoever opened this page for them knows better.

import type { CurrentUser } from "@keystead/sdk";
import { accountWords as words } from "../words.ts";

export function Profile({ user }: { user: CurrentUser }) {
  return (
    <div className="ks-stack">
      <p className="ks-soft">{words.profileWhy}</p>
      <dl className="ks-profile" part="profile">
        <dt>{words.name}</dt>
        <dd>{user.displayName}</dd>
        <dt>{words.email}</dt>
        <dd>{user.email ?? <span className="ks-soft">{words.none}</span>}</dd>
        <dt>{words.id}</dt>
        <dd className="ks-mono">{user.id}</dd>
      </dl>
    </div>
  );
}
