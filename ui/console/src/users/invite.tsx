// The link by which somebody sets a password. It is shown this once, and in no state but this dialog's.

import { Button } from "@keystead/parts/button.tsx";
import { Copyable } from "@keystead/parts/copy.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { exact } from "@keystead/parts/time.tsx";
import { useHeld } from "@keystead/react";
import type { WireUser } from "@keystead/sdk";
import { useState } from "react";
import { Ask } from "../lib/ask.tsx";
import { useSure } from "../lib/sure.tsx";
import { words } from "./words.ts";

interface Link {
  url: string;
  expires_at: string;
}

export function Invite({ user, onClose }: { user: WireUser; onClose: () => void }) {
  const { app, cache } = useHeld();
  const [sure, dialog] = useSure();
  const [link, setLink] = useState<Link | null>(null);
  if (link)
    return (
      <Dialog title={words.invite.title(user.name)}>
        <p>{words.invite.shown}</p>
        <Copyable text={link.url} label={words.invite.label} wrap />
        <p className="ks-hint">
          {words.invite.until} {exact(new Date(link.expires_at))}
        </p>
        <div className="ks-dialog-foot">
          <Button kind="primary" onClick={onClose}>
            {words.invite.done}
          </Button>
        </div>
      </Dialog>
    );
  return (
    <>
      <Ask
        title={words.invite.title(user.name)}
        verb={words.invite.verb}
        kind="primary"
        onClose={onClose}
        act={async () => {
          if (user.role === "admin" && !(await sure())) return;
          const { data } = await app.request<Link>("POST", `/v1/users/${user.id}/invitations`, { body: {} });
          setLink(data);
          void cache.invalidateQueries({ queryKey: ["/v1/users"] });
          void cache.invalidateQueries({ queryKey: [`/v1/users/${user.id}`] });
        }}
      >
        <p>{words.invite.what}</p>
        {user.status === "active" && <p className="ks-soft">{words.invite.again}</p>}
      </Ask>
      {dialog}
    </>
  );
}
