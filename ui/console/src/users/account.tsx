// A user's account, as an admin sees it: who it is, how they come in, what they may do, and their end.

import { Button } from "@keystead/parts/button.tsx";
import { TextField } from "@keystead/parts/field.tsx";
import { useHeld, useUser } from "@keystead/react";
import type { WireUser } from "@keystead/sdk";
import { type ReactNode, useState } from "react";
import { submit, text, useAct, Wrong } from "../lib/act.tsx";
import { Ask } from "../lib/ask.tsx";
import { useSure } from "../lib/sure.tsx";
import { TermsFields, termsOf } from "../lib/terms.tsx";
import { useChanges } from "./changes.ts";
import { Invite } from "./invite.tsx";
import { RemoveUser } from "./remove.tsx";
import { words } from "./words.ts";

type Open = "invite" | "sessions" | "factor" | "role" | "suspend" | "remove" | null;

export function UserAccount({ user, etag }: { user: WireUser; etag: string | null }) {
  const { app } = useHeld();
  const self = useUser({ or: "redirect" }).id === user.id;
  const [sure, dialog] = useSure();
  const { change, told } = useChanges(user, etag, sure);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const activating = useAct(() => change({ status: "active" }));
  const { account } = words;
  const path = `/v1/users/${user.id}`;
  /** Something of an account that an admin of the instance guards with their password. */
  const guarded = (method: string, at: string, done: string) => async () => {
    if (user.role === "admin" && !(await sure())) return;
    await app.request(method, path + at);
    await told(done);
    close();
  };
  return (
    <div className="ks-settings">
      <Who key={etag} user={user} change={change} />
      {!self && (
        <section className="ks-stack">
          <h2 className="ks-part-title">{account.entry}</h2>
          <Row
            what={user.email ? account.inviteWhy : words.invite.noEmail}
            verb={words.invite.verb}
            disabled={!user.email || user.status === "suspended"}
            onPick={() => setOpen("invite")}
          />
          <Row what={account.sessionsWhy} verb={account.sessions} onPick={() => setOpen("sessions")} />
          <Row what={account.factorWhy} verb={account.factor} onPick={() => setOpen("factor")} />
        </section>
      )}
      {self && <p className="ks-note">{account.self}</p>}
      <section className="ks-stack">
        <h2 className="ks-part-title">{account.role}</h2>
        <Row
          what={user.role === "admin" ? account.isAdmin : account.isMember}
          verb={user.role === "admin" ? account.makeMember : account.makeAdmin}
          onPick={() => setOpen("role")}
        />
      </section>
      <Granted key={`terms ${etag}`} user={user} change={change} />
      {!self && (
        <section className="ks-stack">
          <h2 className="ks-part-title">{account.end}</h2>
          {user.status === "suspended" ? (
            <Row
              what={account.activateWhy}
              verb={account.activate}
              busy={activating.busy}
              onPick={() => activating.run()}
            />
          ) : (
            <Row what={account.suspendWhy} verb={account.suspend} onPick={() => setOpen("suspend")} />
          )}
          <Wrong error={activating.error} />
          <Row what={account.removeWhy} verb={account.remove} kind="danger" onPick={() => setOpen("remove")} />
        </section>
      )}
      {open === "invite" && <Invite user={user} onClose={close} />}
      {open === "sessions" && (
        <Ask
          title={account.sessionsTitle(user.name)}
          verb={account.sessions}
          onClose={close}
          act={guarded("DELETE", "/sessions", account.sessionsDone(user.name))}
        >
          <p>{account.sessionsWhat}</p>
        </Ask>
      )}
      {open === "factor" && (
        <Ask
          title={account.factorTitle(user.name)}
          verb={account.factor}
          onClose={close}
          act={guarded("DELETE", "/second-factor", account.factorDone(user.name))}
        >
          <p>{account.factorWhat}</p>
        </Ask>
      )}
      {open === "role" && (
        <Ask
          title={user.role === "admin" ? account.memberTitle(user.name) : account.adminTitle(user.name)}
          verb={user.role === "admin" ? account.makeMember : account.makeAdmin}
          kind="primary"
          onClose={close}
          act={async () => {
            if (await change({ role: user.role === "admin" ? "member" : "admin" })) close();
          }}
        >
          <p>{user.role === "admin" ? account.memberWhat : account.adminWhat}</p>
        </Ask>
      )}
      {open === "suspend" && (
        <Ask
          title={account.suspendTitle(user.name)}
          verb={account.suspend}
          onClose={close}
          act={async () => {
            if (await change({ status: "suspended" })) close();
          }}
        >
          <p>{account.suspendWhat}</p>
        </Ask>
      )}
      {open === "remove" && <RemoveUser user={user} sure={sure} onClose={close} />}
      {dialog}
    </div>
  );
}

type Change = ReturnType<typeof useChanges>["change"];

function Who({ user, change }: { user: WireUser; change: Change }) {
  const { account, field } = words;
  const saving = useAct((values: FormData) =>
    change({
      name: text(values, "name"),
      email: text(values, "email") || null,
      external_id: text(values, "external_id") || null,
    }),
  );
  return (
    <form className="ks-stack" onSubmit={submit(saving.run)}>
      <h2 className="ks-part-title">{account.who}</h2>
      <TextField
        label={field.name}
        name="name"
        required
        maxLength={200}
        defaultValue={user.name}
        wrong={saving.wrong("/name")}
      />
      <TextField
        label={field.email}
        hint={field.emailHint}
        name="email"
        type="email"
        defaultValue={user.email ?? ""}
        wrong={saving.wrong("/email")}
      />
      <TextField
        label={field.external}
        hint={field.externalHint}
        name="external_id"
        defaultValue={user.external_id ?? ""}
        wrong={saving.wrong("/external_id")}
      />
      <p className="ks-hint">
        {account.id} <span className="ks-mono">{user.id}</span>
      </p>
      <Wrong error={saving.error} fields={["/name", "/email", "/external_id"]} />
      <div>
        <Button type="submit" busy={saving.busy}>
          {account.save}
        </Button>
      </div>
    </form>
  );
}

function Granted({ user, change }: { user: WireUser; change: Change }) {
  const { account } = words;
  const saving = useAct(async (values: FormData) => change({ ...termsOf(values, user.rate_limits) }));
  return (
    <form className="ks-stack" onSubmit={submit(saving.run)}>
      <h2 className="ks-part-title">{account.terms}</h2>
      <p className="ks-soft">{account.termsWhy}</p>
      <TermsFields terms={user} wrong={saving.wrong} />
      <Wrong error={saving.error} fields={["/scopes_grantable", "/rate_limits"]} />
      <div>
        <Button type="submit" busy={saving.busy}>
          {account.save}
        </Button>
      </div>
    </form>
  );
}

interface RowProps {
  what: ReactNode;
  verb: string;
  kind?: "plain" | "danger";
  busy?: boolean;
  disabled?: boolean;
  onPick: () => void;
}

/** Something that can be done, and what it does. */
function Row({ what, verb, kind = "plain", busy = false, disabled = false, onPick }: RowProps) {
  return (
    <div className="ks-deed">
      <p className="ks-soft">{what}</p>
      <Button kind={kind} busy={busy} disabled={disabled} onClick={onPick}>
        {verb}
      </Button>
    </div>
  );
}
