// Adding somebody to a team, changing what they may do, and taking them out.

import { TextField } from "@keystead/parts/field.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld, useUser } from "@keystead/react";
import { ApiError, type WireTeam } from "@keystead/sdk";
import { useState } from "react";
import { useLocation } from "wouter";
import { text } from "../lib/act.tsx";
import { Ask } from "../lib/ask.tsx";
import { type Picked, Picker } from "../lib/picker.tsx";
import { type Member, MemberFields, seatOf } from "./member-fields.tsx";
import type { May } from "./team.tsx";
import { words } from "./words.ts";

const FIELDS = ["/role", "/permissions", "/user"];
const NEW = { role: "member", permissions: [] } as const;

/** May the reader make admins of the team? */
function useAdmin(team: WireTeam): boolean {
  const user = useUser({ or: "redirect" });
  return user.role === "admin" || user.getTeam(team.id)?.role === "admin";
}

/** Lists of members, and one's own teams, are read anew. */
function useNews(team: WireTeam) {
  const { cache } = useHeld();
  return async () => {
    await Promise.all([
      cache.invalidateQueries({ queryKey: [`/v1/teams/${team.id}/members`] }),
      cache.invalidateQueries({ queryKey: ["me"] }),
    ]);
  };
}

const seat = (team: WireTeam, user: string) => `/v1/teams/${team.id}/members/${encodeURIComponent(user)}`;

export function AddMember({ team, may, onClose }: { team: WireTeam; may: May; onClose: () => void }) {
  const { app } = useHeld();
  const user = useUser({ or: "redirect" });
  const admin = useAdmin(team);
  const news = useNews(team);
  const say = useToast();
  const [picked, setPicked] = useState<Picked | null>(null);
  return (
    <Ask
      title={words.member.add}
      verb={words.member.add}
      kind="primary"
      fields={FIELDS}
      onClose={onClose}
      act={async (values) => {
        const id = user.role === "admin" ? picked?.id : text(values, "user");
        if (!id)
          throw new ApiError({ status: 0, code: "unprocessable", message: words.member.required, field: "/user" });
        // Whoever is in the team already keeps what they are: only a new seat is taken.
        const body = seatOf(values, NEW, may);
        const { data } = await app.request<Member>("PUT", seat(team, id), { body });
        await news();
        say(words.member.added(data.name));
        onClose();
      }}
    >
      {(wrong) => (
        <>
          {user.role === "admin" ? (
            <Picker
              label={words.member.who}
              types={["user"]}
              hint={words.member.whoHint}
              onPick={setPicked}
              wrong={picked ? null : wrong("/user")}
            />
          ) : (
            <TextField
              label={words.member.id}
              hint={words.member.idHint}
              name="user"
              required
              pattern="\s*usr_[0-9a-z]{26}\s*"
              wrong={wrong("/user")}
            />
          )}
          <MemberFields now={NEW} may={may} admin={admin} wrong={wrong} />
        </>
      )}
    </Ask>
  );
}

interface MemberProps {
  team: WireTeam;
  member: Member;
  onClose: () => void;
}

export function EditMember({ team, member, may, onClose }: MemberProps & { may: May }) {
  const { app } = useHeld();
  const admin = useAdmin(team);
  const news = useNews(team);
  const say = useToast();
  return (
    <Ask
      title={words.member.edit(member.name)}
      verb={words.settings.save}
      kind="primary"
      fields={FIELDS}
      onClose={onClose}
      act={async (values) => {
        await app.request("PUT", seat(team, member.user_id), { body: seatOf(values, member, may) });
        await news();
        say(words.member.changed(member.name));
        onClose();
      }}
    >
      {(wrong) => <MemberFields now={member} may={may} admin={admin} wrong={wrong} />}
    </Ask>
  );
}

export function RemoveMember({ team, member, onClose }: MemberProps) {
  const { app } = useHeld();
  const user = useUser({ or: "redirect" });
  const news = useNews(team);
  const say = useToast();
  const [, go] = useLocation();
  const itself = member.user_id === user.id;
  return (
    <Ask
      title={itself ? words.member.leaveTitle : words.member.removeTitle(member.name)}
      verb={itself ? words.member.leave : words.member.remove}
      onClose={onClose}
      act={async () => {
        await app.request("DELETE", seat(team, member.user_id));
        say(words.member.removed(member.name));
        onClose();
        if (itself && user.role !== "admin") go("/teams");
        await news();
      }}
    >
      <p>{itself ? words.member.leaveWhat : words.member.removeWhat(member.name)}</p>
    </Ask>
  );
}
