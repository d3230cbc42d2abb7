// One switch: what it does, what it is, what it is by default, and why it cannot be changed where the configuration pins it.

import { Badge } from "@keystead/parts/badge.tsx";
import { Button } from "@keystead/parts/button.tsx";
import { words } from "@keystead/parts/states.tsx";
import { useId } from "react";
import { useAct } from "../lib/act.tsx";
import { Control } from "./control.tsx";
import { words as settings } from "./words.ts";

const text = settings.switches;

export type Value = boolean | number | string;

export interface Setting {
  value: Value;
  default: Value;
  pinned: boolean;
}

export interface SettingText {
  label: string;
  about: string;
  /** Of days: what none means. */
  zero?: string;
  choices?: Readonly<Record<string, string>>;
}

interface RowProps {
  name: string;
  setting: Setting;
  text: SettingText;
  onSave: (value: Value) => Promise<unknown>;
}

export function SwitchRow({ name, setting, text: about, onSave }: RowProps) {
  const saving = useAct(onSave);
  const id = useId();
  const changed = setting.value !== setting.default;
  return (
    <li className="ks-switch">
      <div className="ks-grow">
        <label className="ks-label" htmlFor={id}>
          {about.label}
        </label>
        <p className="ks-hint" id={`${id}-about`}>
          {about.about} {text.default(said(setting.default, about))}
          {setting.pinned && ` ${text.pinnedWhy}`}
        </p>
        {saving.error ? (
          <p className="ks-wrong" role="alert">
            {words(saving.error)}
          </p>
        ) : null}
      </div>
      <div className="ks-row">
        {setting.pinned && <Badge>{text.pinned}</Badge>}
        {changed && !setting.pinned && (
          <Button
            kind="quiet"
            aria-label={text.resetOf(about.label)}
            busy={saving.busy}
            onClick={() => saving.run(setting.default)}
          >
            {text.reset}
          </Button>
        )}
        <Control
          key={String(setting.value)}
          {...{ id, name, setting }}
          choices={about.choices}
          describedBy={`${id}-about`}
          busy={saving.busy}
          onSave={(value) => saving.run(value)}
        />
      </div>
    </li>
  );
}

/** A value in words. */
function said(value: Value, { zero, choices }: SettingText): string {
  if (typeof value === "boolean") return value ? text.on : text.off;
  if (typeof value === "number") return value === 0 && zero ? `0, ${zero}` : text.days(value);
  return (choices?.[value] ?? value).toLocaleLowerCase();
}
