// What a team is called, what its keys may have, and its end.

import { Button } from "@keystead/parts/button.tsx";
import { TextField } from "@keystead/parts/field.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld, useUser } from "@keystead/react";
import { ApiError, type WireTeam } from "@keystead/sdk";
import { useState } from "react";
import { useLocation } from "wouter";
import { submit, text, useAct, Wrong } from "../lib/act.tsx";
import { Ask } from "../lib/ask.tsx";
import { FateFields, useFate } from "../lib/fate.tsx";
import { TermsFields, termsOf } from "../lib/terms.tsx";
import { lib } from "../lib/words.ts";
import type { May } from "./team.tsx";
import { words } from "./words.ts";

interface SettingsProps {
  team: WireTeam;
  etag: string | null;
  may: May;
}

export function TeamSettings({ team, etag, may }: SettingsProps) {
  const admin = useUser({ or: "redirect" }).role === "admin";
  const [removing, setRemoving] = useState(false);
  const naming = useChange(team, etag, (values) => ({ name: text(values, "name") }));
  const granting = useChange(team, etag, (values) => termsOf(values, team.rate_limits));
  return (
    <div className="ks-settings">
      <form className="ks-stack" onSubmit={submit(naming.run)}>
        <TextField
          label={words.settings.name}
          name="name"
          defaultValue={team.name}
          required
          maxLength={200}
          readOnly={!may("$update_team")}
          wrong={naming.wrong("/name")}
          hint={may("$update_team") ? undefined : words.settings.mayNot}
        />
        <p className="ks-hint">
          {words.settings.id} <span className="ks-mono">{team.id}</span>
        </p>
        <Wrong error={naming.error} fields={["/name"]} />
        {may("$update_team") && (
          <div>
            <Button type="submit" busy={naming.busy}>
              {words.settings.save}
            </Button>
          </div>
        )}
      </form>
      {admin && (
        <form className="ks-stack" onSubmit={submit(granting.run)}>
          <h2 className="ks-part-title">{words.settings.terms}</h2>
          <p className="ks-soft">{words.settings.termsWhy}</p>
          <TermsFields terms={team} wrong={granting.wrong} />
          <Wrong error={granting.error} fields={["/scopes_grantable", "/rate_limits"]} />
          <div>
            <Button type="submit" busy={granting.busy}>
              {words.settings.save}
            </Button>
          </div>
        </form>
      )}
      {may("$delete_team") && (
        <section className="ks-stack">
          <h2 className="ks-part-title">{words.settings.remove}</h2>
          <p className="ks-soft">{words.settings.removeWhy}</p>
          <div>
            <Button kind="danger" onClick={() => setRemoving(true)}>
              {words.settings.remove}
            </Button>
          </div>
        </section>
      )}
      {removing && <RemoveTeam team={team} onClose={() => setRemoving(false)} />}
    </div>
  );
}

/** Sends a part of the team as a form has it, unless somebody else was first. */
function useChange(team: WireTeam, etag: string | null, body: (values: FormData) => unknown) {
  const { app, cache } = useHeld();
  const say = useToast();
  return useAct(async (values: FormData) => {
    const headers: Record<string, string> = etag ? { "If-Match": etag } : {};
    await app.request("PATCH", `/v1/teams/${team.id}`, { body: body(values), headers });
    say(words.settings.saved);
    await Promise.all([
      cache.invalidateQueries({ queryKey: [`/v1/teams/${team.id}`] }),
      cache.invalidateQueries({ queryKey: ["/v1/teams"] }),
      cache.invalidateQueries({ queryKey: ["me"] }),
    ]);
  });
}

function RemoveTeam({ team, onClose }: { team: WireTeam; onClose: () => void }) {
  const { app, cache } = useHeld();
  const admin = useUser({ or: "redirect" }).role === "admin";
  const fate = useFate(team.id, admin ? ["user", "team"] : ["team"]);
  const [, go] = useLocation();
  const say = useToast();
  return (
    <Ask
      title={words.settings.removeTitle(team.name)}
      verb={words.settings.remove}
      fields={["/to"]}
      onClose={onClose}
      act={async () => {
        if (!fate.query)
          throw new ApiError({ status: 0, code: "unprocessable", message: lib.fate.required, field: "/to" });
        await app.request("DELETE", `/v1/teams/${team.id}`, { query: fate.query });
        say(words.settings.removed(team.name));
        onClose();
        go("/teams");
        void cache.invalidateQueries({ queryKey: ["/v1/teams"] });
        void cache.invalidateQueries({ queryKey: ["me"] });
      }}
    >
      {(wrong) => (
        <>
          <p>{words.settings.removeWhy}</p>
          <FateFields {...fate.fields} wrong={wrong("/to")} />
        </>
      )}
    </Ask>
  );
}
