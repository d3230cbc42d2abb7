// What a switch is changed with: a box to tick, a list, or a number with its own button.

import { Button } from "@keystead/parts/button.tsx";
import { useState } from "react";
import type { Setting, Value } from "./switch-row.tsx";
import { words } from "./words.ts";

const MOST_DAYS = 36_500;

interface ControlProps {
  id: string;
  name: string;
  setting: Setting;
  choices: Readonly<Record<string, string>> | undefined;
  describedBy: string;
  busy: boolean;
  onSave: (value: Value) => void;
}

export function Control({ id, name, setting, choices, describedBy, busy, onSave }: ControlProps) {
  const { value, pinned } = setting;
  const [typed, setTyped] = useState(String(value));
  const common = { id, name, disabled: pinned, "aria-describedby": describedBy, "aria-busy": busy || undefined };
  if (typeof value === "boolean")
    return (
      <input
        {...common}
        type="checkbox"
        className="ks-toggle"
        checked={value}
        onChange={(event) => !busy && onSave(event.currentTarget.checked)}
      />
    );
  if (choices)
    return (
      <select
        {...common}
        className="ks-input"
        value={String(value)}
        onChange={(event) => !busy && onSave(event.currentTarget.value)}
      >
        {Object.entries(choices).map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    );
  const days = Number(typed);
  const fine = typed !== "" && Number.isInteger(days) && days >= 0 && days <= MOST_DAYS;
  return (
    <form
      className="ks-row"
      onSubmit={(event) => {
        event.preventDefault();
        if (fine && !busy) onSave(days);
      }}
    >
      <input
        {...common}
        type="number"
        className="ks-input ks-days"
        min={0}
        max={MOST_DAYS}
        step={1}
        required
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {!pinned && (
        <Button type="submit" busy={busy} disabled={!fine || days === value}>
          {words.switches.save}
        </Button>
      )}
    </form>
  );
}
