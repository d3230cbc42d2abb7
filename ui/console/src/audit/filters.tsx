// What of the log is shown. It stands in the address, so that a view can be handed on.

import { SelectField, TextField } from "@keystead/parts/field.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import type { Query } from "@keystead/sdk";
import { useEffect, useState } from "react";
import { useSettled } from "../lib/search.tsx";
import { Actor } from "./actor.tsx";
import { actions, words } from "./words.ts";

const NAMES = ["actor", "action", "id", "from", "to"] as const;

/** For the server. Days are the reader's own; the last one belongs to what is asked for. */
export function asked(params: URLSearchParams): Query {
  const get = (name: (typeof NAMES)[number]) => params.get(name) || null;
  const id = get("id");
  const owner = id !== null && /^(usr|team)_/.test(id);
  const query: Query = {
    actor: get("actor"),
    action: get("action"),
    owner: owner ? id : null,
    subject: owner ? null : id,
    from: midnight(get("from"), 0),
    to: midnight(get("to"), 1),
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== null));
}

function midnight(day: string | null, later: number): string | null {
  const [year, month, date] = (day ?? "").split("-").map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date + later).toISOString();
}

interface FiltersProps {
  params: URLSearchParams;
  onChange: (params: Record<string, string>) => void;
}

export function Filters({ params, onChange }: FiltersProps) {
  const actor = params.get("actor") ?? "";
  const known = words.kinds.some(([kind]) => kind === actor);
  const set = (name: string, value: string) =>
    onChange(Object.fromEntries(Object.entries({ ...Object.fromEntries(params), [name]: value }).filter(([, v]) => v)));
  const { filter } = words;
  return (
    <>
      <div className="ks-filters">
        <SelectField
          label={filter.who}
          value={known ? actor : ""}
          onChange={(event) => set("actor", event.target.value)}
        >
          {words.kinds.map(([kind, text]) => (
            <option key={kind} value={kind}>
              {text}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={filter.what}
          value={params.get("action") ?? ""}
          onChange={(event) => set("action", event.target.value)}
        >
          <option value="">{filter.any}</option>
          {actions.map(([about, some]) => (
            <optgroup key={about} label={about}>
              {Object.entries(some).map(([action, text]) => (
                <option key={action} value={action}>
                  {text}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
        <IdField value={params.get("id") ?? ""} onChange={(id) => set("id", id)} />
        <TextField
          label={filter.from}
          type="date"
          value={params.get("from") ?? ""}
          max={params.get("to") ?? undefined}
          onChange={(event) => set("from", event.target.value)}
        />
        <TextField
          label={filter.to}
          type="date"
          value={params.get("to") ?? ""}
          min={params.get("from") ?? undefined}
          onChange={(event) => set("to", event.target.value)}
        />
      </div>
      {!known && (
        <button type="button" className="ks-chip" onClick={() => set("actor", "")}>
          {words.only} <Actor actor={actor} /> <Icon name="cross" size={12} />
        </button>
      )}
    </>
  );
}

/** Asks a moment after the last key, and follows the address. */
function IdField({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const [typed, setTyped] = useState(value);
  const settled = useSettled(typed);
  useEffect(() => setTyped(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed is news
  useEffect(() => {
    if (settled.trim() !== value) onChange(settled.trim());
  }, [settled]);
  return (
    <TextField
      label={words.filter.id}
      placeholder={words.filter.idHint}
      value={typed}
      spellCheck={false}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
