// Rate limits and credits: for those who may set them.

import { Button } from "@keystead/parts/button.tsx";
import { SelectField, TextField } from "@keystead/parts/field.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import type { Draft, LimitDraft } from "./draft.ts";
import type { FieldsProps } from "./fields.tsx";
import { wrongAt } from "./use-act.ts";
import { form } from "./words.ts";

/** The server takes so many for a key. */
const LIMITS_MAX = 8;

export function TermsFields({ draft, onChange, error }: FieldsProps) {
  const { limits } = draft;
  const wrong = wrongAt(error, "/rate_limits");
  function add() {
    const id = Math.max(0, ...limits.map((limit) => limit.id)) + 1;
    const name = limits.length === 0 ? "default" : `limit_${limits.length + 1}`;
    onChange({ limits: [...limits, { id, name, limit: "", window_s: 60 }] });
  }
  return (
    <>
      <fieldset className="ks-choices ks-field">
        <legend className="ks-label">{form.limits}</legend>
        {limits.map((limit) => (
          <Limit
            key={limit.id}
            limit={limit}
            onChange={(changed) => onChange({ limits: limits.map((one) => (one === limit ? changed : one)) })}
            onRemove={() => onChange({ limits: limits.filter((one) => one !== limit) })}
          />
        ))}
        <div aria-live="polite">{wrong && <p className="ks-wrong">{wrong}</p>}</div>
        {limits.length < LIMITS_MAX && (
          <Button onClick={add}>
            <Icon name="plus" /> {form.addLimit}
          </Button>
        )}
      </fieldset>
      <Credits {...{ draft, onChange, error }} />
    </>
  );
}

function Limit({
  limit,
  onChange,
  onRemove,
}: {
  limit: LimitDraft;
  onChange: (limit: LimitDraft) => void;
  onRemove: () => void;
}) {
  const windows = [...new Set([...Object.keys(form.windows).map(Number), limit.window_s])].sort((a, b) => a - b);
  return (
    <div className="ks-limit">
      <TextField
        label={form.limitCount}
        inputMode="numeric"
        value={limit.limit}
        onChange={(event) => onChange({ ...limit, limit: event.currentTarget.value })}
      />
      <SelectField
        label={form.limitWindow}
        value={limit.window_s}
        onChange={(event) => onChange({ ...limit, window_s: Number(event.currentTarget.value) })}
      >
        {windows.map((seconds) => (
          <option key={seconds} value={seconds}>
            {form.windows[seconds] ?? form.seconds(seconds)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={form.limitName}
        value={limit.name}
        onChange={(event) => onChange({ ...limit, name: event.currentTarget.value })}
      />
      <Button kind="icon" aria-label={form.removeLimit(limit.name)} onClick={onRemove}>
        <Icon name="cross" />
      </Button>
    </div>
  );
}

function Credits({ draft, onChange, error }: Pick<FieldsProps, "draft" | "onChange" | "error">) {
  const number = (label: string, name: "credits" | "refillAmount" | "refillDay", at: string) => (
    <TextField
      label={label}
      inputMode="numeric"
      value={draft[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      hint={name === "credits" ? form.creditsHint : undefined}
      wrong={wrongAt(error, at)}
    />
  );
  return (
    <>
      {number(form.credits, "credits", "/credits/remaining")}
      {draft.credits.trim() !== "" && (
        <div className="ks-refill">
          <SelectField
            label={form.refill}
            value={draft.refill}
            onChange={(event) => onChange({ refill: event.currentTarget.value as Draft["refill"] })}
          >
            <option value="">{form.refillNone}</option>
            <option value="day">{form.refillDay}</option>
            <option value="month">{form.refillMonth}</option>
          </SelectField>
          {draft.refill !== "" && number(form.refillAmount, "refillAmount", "/credits/refill/amount")}
          {draft.refill === "month" && number(form.refillDayOfMonth, "refillDay", "/credits/refill/day")}
        </div>
      )}
    </>
  );
}
