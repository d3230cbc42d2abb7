// A member's role and permissions in a form. Nobody is offered what they could not give.

import { Choice, Choices } from "@keystead/parts/field.tsx";
import type { Permission } from "@keystead/sdk";
import { useState } from "react";
import type { May } from "./team.tsx";
import { permissions, words } from "./words.ts";

export interface Member {
  user_id: string;
  external_id: string | null;
  email: string | null;
  name: string;
  status: "active" | "invited" | "suspended";
  role: "admin" | "member";
  permissions: readonly Permission[];
  created_at: string;
}

interface FieldsProps {
  /** As they are now. */
  now: Pick<Member, "role" | "permissions">;
  may: May;
  /** Only an admin makes admins. */
  admin: boolean;
  wrong: (field: string) => string | null;
}

export function MemberFields({ now, may, admin, wrong }: FieldsProps) {
  const [role, setRole] = useState(now.role);
  const said = wrong("/role") ?? wrong("/permissions");
  return (
    <>
      <Choices label={words.member.role}>
        <Choice
          type="radio"
          name="role"
          value="member"
          checked={role === "member"}
          onChange={() => setRole("member")}
          label={words.member.plain}
          hint={words.member.plainHint}
        />
        <Choice
          type="radio"
          name="role"
          value="admin"
          checked={role === "admin"}
          disabled={!admin}
          onChange={() => setRole("admin")}
          label={words.member.admin}
          hint={words.member.adminHint}
        />
      </Choices>
      {role === "member" && (
        <Choices label={words.member.permissions}>
          {permissions.map(([id, text, what]) => (
            <Choice
              key={id}
              name="permissions"
              value={id}
              label={text}
              hint={what}
              defaultChecked={now.role === "member" && now.permissions.includes(id)}
              disabled={!may(id)}
            />
          ))}
        </Choices>
      )}
      {said && (
        <p className="ks-wrong" role="alert">
          {said}
        </p>
      )}
    </>
  );
}

/** What to send. A box that the reader may not move is in no form's values, and stays as it was. */
export function seatOf(values: FormData, now: Pick<Member, "permissions">, may: May) {
  const role = values.get("role") ?? "member";
  const kept = now.permissions.filter((id) => !may(id));
  return { role, permissions: role === "admin" ? [] : [...kept, ...values.getAll("permissions")] };
}
