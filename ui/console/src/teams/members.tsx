// Who is in a team, what they may do there, and bringing them in and out.

import { Badge } from "@keystead/parts/badge.tsx";
import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Menu } from "@keystead/parts/menu.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import { useUser } from "@keystead/react";
import type { WireTeam } from "@keystead/sdk";
import { useState } from "react";
import { useRows } from "../lib/rows.ts";
import { type Column, Table } from "../lib/table.tsx";
import { AddMember, EditMember, RemoveMember } from "./member-dialogs.tsx";
import type { Member } from "./member-fields.tsx";
import type { May } from "./team.tsx";
import { permission, words } from "./words.ts";

type Open = { what: "add" } | { what: "edit" | "remove"; member: Member } | null;

export function Members({ team, may }: { team: WireTeam; may: May }) {
  const user = useUser({ or: "redirect" });
  const list = useRows<Member>(`/v1/teams/${team.id}/members`, {}, may("$read_members"));
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const itself = (member: Member) => member.user_id === user.id;
  const columns: Column<Member>[] = [
    {
      id: "name",
      head: words.member.columns.name,
      width: 34,
      cell: (member) => (
        <div className="ks-two">
          <span className="ks-cut" title={member.name}>
            {member.name}
            {itself(member) && <span className="ks-soft"> · {words.member.you}</span>}
            {member.status === "suspended" && <Badge tone="warn">{words.member.suspended}</Badge>}
            {member.status === "invited" && <Badge>{words.member.invited}</Badge>}
          </span>
          <span className="ks-hint ks-cut">{member.email ?? member.external_id}</span>
        </div>
      ),
    },
    { id: "role", head: words.member.columns.role, width: 12, cell: (member) => words.roles[member.role] },
    {
      id: "may",
      head: words.member.columns.permissions,
      width: 30,
      wide: true,
      cell: (member) => <MayDo member={member} />,
    },
    {
      id: "since",
      head: words.member.columns.since,
      width: 14,
      wide: true,
      cell: (member) => <Time at={new Date(member.created_at)} />,
    },
    {
      id: "more",
      head: words.member.columns.more,
      quiet: true,
      width: 10,
      number: true,
      cell: (member) => {
        const change = may("$invite_members") || may("$remove_members");
        const remove = may("$remove_members");
        if (!change && !remove && !itself(member)) return null;
        return (
          <Menu
            label={words.member.menu(member.name)}
            items={[
              ...(change
                ? [{ id: "edit", text: words.member.change, onPick: () => setOpen({ what: "edit", member }) }]
                : []),
              {
                id: "remove",
                text: itself(member) ? words.member.leave : words.member.remove,
                tone: "danger" as const,
                disabled: !remove && !itself(member),
                onPick: () => setOpen({ what: "remove", member }),
              },
            ]}
          >
            <Icon name="more" />
          </Menu>
        );
      },
    },
  ];
  return (
    <>
      {may("$invite_members") && (
        <div className="ks-bar" data-end>
          <Button onClick={() => setOpen({ what: "add" })}>
            <Icon name="plus" /> {words.member.add}
          </Button>
        </div>
      )}
      {!may("$read_members") ? (
        <Blank icon="people" title={words.noMembers}>
          <p className="ks-soft">{words.noMembersWhy}</p>
          <Button onClick={() => setOpen({ what: "remove", member: me(user) })}>{words.member.leave}</Button>
        </Blank>
      ) : list.waiting ? (
        <Waiting lines={4} />
      ) : list.error && list.rows.length === 0 ? (
        <Failed error={list.error} onRetry={list.again} />
      ) : list.rows.length === 0 ? (
        <Blank icon="people" title={words.member.empty}>
          <p className="ks-soft">{words.member.emptyWhy}</p>
        </Blank>
      ) : (
        <Table label={words.member.label} columns={columns} list={list} id={(member) => member.user_id} />
      )}
      {open?.what === "add" && <AddMember team={team} may={may} onClose={close} />}
      {open?.what === "edit" && <EditMember team={team} member={open.member} may={may} onClose={close} />}
      {open?.what === "remove" && <RemoveMember team={team} member={open.member} onClose={close} />}
    </>
  );
}

function MayDo({ member }: { member: Member }) {
  if (member.role === "admin") return <span className="ks-soft">{words.member.all}</span>;
  if (member.permissions.length === 0) return <span className="ks-soft">{words.member.nothing}</span>;
  const text = member.permissions.map(permission).join(", ");
  return (
    <span className="ks-cut" title={text}>
      {text}
    </span>
  );
}

/** Oneself, where the members are not to be read. */
function me(user: { id: string; displayName: string }): Member {
  const unknown = {
    external_id: null,
    email: null,
    status: "active",
    role: "member",
    permissions: [],
    created_at: "",
  } as const;
  return { ...unknown, user_id: user.id, name: user.displayName };
}
