// A new user, and then, for who wants it, the link by which they come in.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { TextField } from "@keystead/parts/field.tsx";
import { useHeld } from "@keystead/react";
import { ApiError, type WireUser } from "@keystead/sdk";
import { useState } from "react";
import { Link } from "wouter";
import { text } from "../lib/act.tsx";
import { Ask } from "../lib/ask.tsx";
import { Invite } from "./invite.tsx";
import { words } from "./words.ts";

export function AddUser({ onClose }: { onClose: () => void }) {
  const { app, cache } = useHeld();
  const [made, setMade] = useState<WireUser | null>(null);
  const [inviting, setInviting] = useState(false);
  if (made && inviting) return <Invite user={made} onClose={onClose} />;
  if (made)
    return (
      <Dialog title={words.made.title(made.name)} onClose={onClose}>
        <p>{made.email ? words.made.what : words.invite.noEmail}</p>
        <div className="ks-dialog-foot">
          <Link to={`/users/${made.id}`} className="ks-button" onClick={onClose}>
            {words.made.open}
          </Link>
          {made.email && (
            <Button kind="primary" onClick={() => setInviting(true)}>
              {words.made.invite}
            </Button>
          )}
        </div>
      </Dialog>
    );
  return (
    <Ask
      title={words.create}
      verb={words.create}
      kind="primary"
      fields={["/name", "/email", "/external_id"]}
      onClose={onClose}
      act={async (values) => {
        const given = ["name", "email", "external_id"].map((name) => [name, text(values, name) || null] as const);
        const body = Object.fromEntries(given.filter(([, value]) => value !== null));
        if (!body.email && !body.external_id)
          throw new ApiError({ status: 0, code: "unprocessable", message: words.field.either, field: "/email" });
        const { data } = await app.request<WireUser>("POST", "/v1/users", { body });
        await cache.invalidateQueries({ queryKey: ["/v1/users"] });
        setMade(data);
      }}
    >
      {(wrong) => (
        <>
          <TextField label={words.field.name} name="name" maxLength={200} wrong={wrong("/name")} />
          <TextField
            label={words.field.email}
            hint={words.field.emailHint}
            name="email"
            type="email"
            maxLength={254}
            wrong={wrong("/email")}
          />
          <TextField
            label={words.field.external}
            hint={words.field.externalHint}
            name="external_id"
            maxLength={255}
            wrong={wrong("/external_id")}
          />
        </>
      )}
    </Ask>
  );
}
