// The operator's switches. Each is saved by itself, by an admin who gave their password lately.

import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import { useHeld } from "@keystead/react";
import { useOne } from "../lib/rows.ts";
import { useSure } from "../lib/sure.tsx";
import { type Setting, SwitchRow, type Value } from "./switch-row.tsx";
import { words } from "./words.ts";

const PATH = "/v1/settings";
const ORDER = [
  "allow_user_api_keys",
  "allow_team_api_keys",
  "live_keys",
  "allow_never",
  "max_lifetime_days",
  "default_lifetime_days",
  "rotate_after_days",
  "leaked_keys",
] as const;

type Settings = Record<(typeof ORDER)[number], Setting>;

export function Switches() {
  const { app, cache } = useHeld();
  const say = useToast();
  const [sure, dialog] = useSure();
  const { one, error, refetch } = useOne<Settings>(PATH);
  if (!one) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting lines={6} />;
  async function save(name: (typeof ORDER)[number], value: Value) {
    if (!(await sure())) return;
    await app.request("PATCH", PATH, { body: { [name]: value } });
    // The forms for keys go by them.
    await Promise.all([PATH, "me"].map((key) => cache.invalidateQueries({ queryKey: [key] })));
    say(words.switches.saved(words.switches.names[name].label));
  }
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{words.switches.title}</h2>
      <p className="ks-soft">{words.switches.about}</p>
      <ul className="ks-entries">
        {ORDER.map((name) => (
          <SwitchRow
            key={name}
            name={name}
            setting={one[name]}
            text={words.switches.names[name]}
            onSave={(value) => save(name, value)}
          />
        ))}
      </ul>
      {dialog}
    </section>
  );
}
