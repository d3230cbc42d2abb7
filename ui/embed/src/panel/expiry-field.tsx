// When the key is to stop working: a choice, a date of one's own, and the day that comes out of it.

import { SelectField, TextField } from "@keystead/parts/field.tsx";
import { day } from "@keystead/parts/time.tsx";
import { DAY_MS, type Expiry, expiresAt, fieldDate, offered } from "./expiry.ts";
import type { Terms } from "./subject.ts";
import { form } from "./words.ts";

interface Props {
  value: Expiry;
  onChange: (value: Expiry) => void;
  terms: Terms;
  now: Date;
  wrong: string | null;
  /** What it is already, where it may stay so. */
  current?: { expiresAt: Date | null } | undefined;
}

export function ExpiryField({ value, onChange, terms, now, wrong, current }: Props) {
  const { days, never, longest } = offered(terms);
  const { choice, date } = value;
  const at = expiresAt(value, now);
  const resolved = at === null ? form.resolvedNever : at ? form.resolved(day(at)) : null;
  const bound = longest > 0 ? form.longest(longest) : null;
  function choose(text: string) {
    onChange({ date, choice: /^\d+$/.test(text) ? Number(text) : (text as Expiry["choice"]) });
  }
  return (
    <>
      <SelectField
        label={form.expires}
        value={String(choice)}
        onChange={(event) => choose(event.currentTarget.value)}
        wrong={choice === "date" ? null : wrong}
        hint={choice === "date" ? null : (resolved ?? bound)}
        required
      >
        {current ? (
          <option value="keep">{form.keep(current.expiresAt ? day(current.expiresAt) : form.never)}</option>
        ) : (
          choice === "" && (
            <option value="" disabled>
              {form.choose}
            </option>
          )
        )}
        {days.map((count) => (
          <option key={count} value={count}>
            {form.dayCount(count)}
          </option>
        ))}
        <option value="date">{form.date}</option>
        {never && <option value="never">{form.never}</option>}
      </SelectField>
      {choice === "date" && (
        <TextField
          label={form.expiryDate}
          type="date"
          value={date}
          min={fieldDate(now)}
          max={longest > 0 ? fieldDate(new Date(now.getTime() + (longest - 1) * DAY_MS)) : undefined}
          onChange={(event) => onChange({ choice, date: event.currentTarget.value })}
          wrong={wrong}
          hint={resolved ?? bound}
          required
        />
      )}
    </>
  );
}
