// One key in the table.

import { Icon } from "@keystead/parts/icon.tsx";
import { Menu, type MenuItem } from "@keystead/parts/menu.tsx";
import { Time } from "@keystead/parts/time.tsx";
import type { ApiKey } from "@keystead/sdk";
import type { MouseEvent } from "react";
import type { Doing } from "./doing.ts";
import { isOver, KeyStatus, masked } from "./status.tsx";
import { words } from "./words.ts";

export interface RowProps {
  of: ApiKey;
  at: number;
  now: Date;
  /** Does the table show keys of all owners? */
  all: boolean;
  measure: (row: HTMLTableRowElement | null) => void;
  onDo: (what: Doing["what"], key: ApiKey) => void;
  onOwner: (owner: { id: string; name: string }) => void;
}

export function Row({ of: key, at, now, all, measure, onDo, onOwner }: RowProps) {
  const open = () => onDo("open", key);
  function clicked(event: MouseEvent) {
    // What stands in the row has its own meaning, and selecting text is no click.
    if ((event.target as Element).closest("button, a, [role=menu]") || getSelection()?.isCollapsed === false) return;
    open();
  }
  const owner = key.owner.name || key.owner.external_id || key.owner.id;
  return (
    <tr
      ref={measure}
      data-index={at}
      aria-rowindex={at + 2}
      className="ks-key"
      data-over={key.isValid() ? undefined : true}
      part="row"
      onClick={clicked}
    >
      <td className="ks-col-description">
        <button type="button" className="ks-name" title={key.description} onClick={open}>
          <bdi>{key.description}</bdi>
        </button>
      </td>
      <td className="ks-col-key ks-mono" dir="ltr">
        {masked(key)}
      </td>
      {all && (
        <td className="ks-col-owner" title={owner}>
          <bdi>{key.owner.id === "instance" ? words.instance : owner}</bdi>
        </td>
      )}
      <td className="ks-col-environment">{words[key.environment]}</td>
      <td className="ks-col-status">
        <KeyStatus of={key} now={now} />
      </td>
      <td className="ks-col-expires">{key.expiresAt ? <Time at={key.expiresAt} /> : words.never}</td>
      <td className="ks-col-created">
        <Time at={key.createdAt} />
      </td>
      <td className="ks-col-used" data-label={words.usedShort}>
        {key.lastUsed ? <Time at={key.lastUsed} relative /> : words.neverUsed}
      </td>
      <td className="ks-col-actions">
        <Menu
          label={words.actionsOf(key.description)}
          items={items(key, (what) => onDo(what, key), all ? () => onOwner({ id: key.owner.id, name: owner }) : null)}
        >
          <Icon name="more" />
        </Menu>
      </td>
    </tr>
  );
}

function items(key: ApiKey, on: (what: Doing["what"]) => void, onlyOwner: (() => void) | null): (MenuItem | "line")[] {
  const item = (id: Doing["what"], text: string): MenuItem => ({ id, text, onPick: () => on(id) });
  const all: (MenuItem | "line")[] = [item("open", words.open)];
  if (onlyOwner && key.owner.id !== "instance") all.push({ id: "owner", text: words.onlyOwner, onPick: onlyOwner });
  if (isOver(key)) return all;
  all.push(item("edit", words.edit), item("rotate", words.rotate));
  all.push(item("switch", key.enabled ? words.disable : words.enable));
  return [...all, "line", { ...item("revoke", words.revoke), tone: "danger" }];
}
