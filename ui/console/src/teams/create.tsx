// A new team. Whoever makes it goes on to its members.

import { TextField } from "@keystead/parts/field.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import type { WireTeam } from "@keystead/sdk";
import { useLocation } from "wouter";
import { text } from "../lib/act.tsx";
import { Ask } from "../lib/ask.tsx";
import { words } from "./words.ts";

export function CreateTeam({ onClose }: { onClose: () => void }) {
  const { app, cache } = useHeld();
  const [, go] = useLocation();
  const say = useToast();
  return (
    <Ask
      title={words.create}
      verb={words.create}
      kind="primary"
      fields={["/name", "/external_id"]}
      onClose={onClose}
      act={async (values) => {
        const body = { name: text(values, "name"), external_id: text(values, "external_id") || null };
        const { data: team } = await app.request<WireTeam>("POST", "/v1/teams", { body });
        void cache.invalidateQueries({ queryKey: ["/v1/teams"] });
        say(words.created(team.name));
        onClose();
        go(`/teams/${team.id}/members`);
      }}
    >
      {(wrong) => (
        <>
          <TextField label={words.name} name="name" required maxLength={200} wrong={wrong("/name")} />
          <TextField
            label={words.external}
            hint={words.externalHint}
            name="external_id"
            maxLength={255}
            wrong={wrong("/external_id")}
          />
        </>
      )}
    </Ask>
  );
}
