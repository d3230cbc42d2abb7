// The end of a user, and what becomes of their keys.

import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import { ApiError, type WireUser } from "@keystead/sdk";
import { useLocation } from "wouter";
import { Ask } from "../lib/ask.tsx";
import { FateFields, useFate } from "../lib/fate.tsx";
import { lib } from "../lib/words.ts";
import { words } from "./words.ts";

interface RemoveProps {
  user: WireUser;
  sure: () => Promise<boolean>;
  onClose: () => void;
}

export function RemoveUser({ user, sure, onClose }: RemoveProps) {
  const { app, cache } = useHeld();
  const fate = useFate(user.id, ["user", "team"]);
  const [, go] = useLocation();
  const say = useToast();
  return (
    <Ask
      title={words.account.removeTitle(user.name)}
      verb={words.account.remove}
      fields={["/to"]}
      onClose={onClose}
      act={async () => {
        if (!fate.query)
          throw new ApiError({ status: 0, code: "unprocessable", message: lib.fate.required, field: "/to" });
        if (user.role === "admin" && !(await sure())) return;
        await app.request("DELETE", `/v1/users/${user.id}`, { query: fate.query });
        say(words.account.removed(user.name));
        onClose();
        go("/users");
        void cache.invalidateQueries({ queryKey: ["/v1/users"] });
      }}
    >
      {(wrong) => (
        <>
          <p>{words.account.removeWhat}</p>
          <FateFields {...fate.fields} wrong={wrong("/to")} />
        </>
      )}
    </Ask>
  );
}
