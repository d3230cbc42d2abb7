// Roles: named sets of scopes that keys bear.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { useState } from "react";
import { useRows } from "../lib/rows.ts";
import { CreateRole, EditRole, RemoveRole, ROLES, type Role } from "./role-dialogs.tsx";
import { words } from "./words.ts";

const text = words.roles;

type Open = { what: "create" } | { what: "edit" | "remove"; role: Role } | null;

export function Roles() {
  const list = useRows<Role>(ROLES);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const create = (
    <Button kind="primary" onClick={() => setOpen({ what: "create" })}>
      <Icon name="plus" /> {text.create}
    </Button>
  );
  const none = !list.waiting && !list.error && list.rows.length === 0;
  return (
    <section className="ks-stack">
      <div className="ks-row">
        <h2 className="ks-part-title ks-grow">{text.title}</h2>
        {!none && create}
      </div>
      <p className="ks-soft">{text.about}</p>
      {list.waiting && <Waiting />}
      {list.error ? <Failed error={list.error} onRetry={list.again} /> : null}
      {none && (
        <Blank icon="list" title={text.empty}>
          <p className="ks-soft">{text.emptyWhy}</p>
          {create}
        </Blank>
      )}
      <ul className="ks-entries" aria-label={text.title}>
        {list.rows.map((role) => (
          <li key={role.name}>
            <div className="ks-grow">
              <p className="ks-label">{role.name}</p>
              {role.description && <p className="ks-hint">{role.description}</p>}
              <div className="ks-row ks-scopes">
                {role.scopes.map((scope) => (
                  <span key={scope} className="ks-tag">
                    {scope}
                  </span>
                ))}
                {role.scopes.length === 0 && <span className="ks-hint">{text.none}</span>}
              </div>
            </div>
            <Button aria-label={text.changeOf(role.name)} onClick={() => setOpen({ what: "edit", role })}>
              {text.change}
            </Button>
            <Button aria-label={text.removeOf(role.name)} onClick={() => setOpen({ what: "remove", role })}>
              {text.remove}
            </Button>
          </li>
        ))}
      </ul>
      {list.more && <Button onClick={list.next}>…</Button>}
      {open?.what === "create" && <CreateRole onClose={close} />}
      {open?.what === "edit" && <EditRole role={open.role} onClose={close} />}
      {open?.what === "remove" && <RemoveRole role={open.role} onClose={close} />}
    </section>
  );
}
