// What the key may do, and from where it may be used.

import { Choice, Choices, TextArea } from "@keystead/parts/field.tsx";
import { lines } from "./draft.ts";
import type { FieldsProps } from "./fields.tsx";
import { wrongAt } from "./use-act.ts";
import { form } from "./words.ts";

export function AccessFields({ draft, onChange, terms, error }: FieldsProps) {
  return (
    <>
      <Scopes {...{ draft, onChange, terms, error }} />
      <TextArea
        label={form.ips}
        hint={form.ipsHint}
        wrong={wrongAt(error, "/restrictions/ips")}
        value={draft.ips}
        onChange={(event) => onChange({ ips: event.currentTarget.value })}
        rows={2}
        dir="ltr"
      />
      <TextArea
        label={form.referrers}
        hint={form.referrersHint}
        wrong={wrongAt(error, "/restrictions/referrers")}
        value={draft.referrers}
        onChange={(event) => onChange({ referrers: event.currentTarget.value })}
        rows={2}
        dir="ltr"
      />
      <TextArea
        label={form.endpoints}
        hint={form.endpointsHint}
        wrong={wrongAt(error, "/restrictions/endpoints")}
        value={draft.endpoints}
        onChange={(event) => onChange({ endpoints: event.currentTarget.value })}
        rows={2}
        dir="ltr"
      />
    </>
  );
}

function Scopes({ draft, onChange, terms, error }: Pick<FieldsProps, "draft" | "onChange" | "terms" | "error">) {
  const { scopesGrantable } = terms;
  const wrong = wrongAt(error, "/scopes");
  const chosen = lines(draft.scopes);
  // A key may have some that were grantable when it got them.
  const listed = [...new Set([...scopesGrantable, ...chosen])];
  if (listed.length === 0) return null;
  if (scopesGrantable.some((scope) => scope.includes("*"))) {
    return (
      <TextArea
        label={form.scopes}
        hint={scopesGrantable.includes("*") ? form.scopesHint : form.scopesOf(scopesGrantable.join(", "))}
        wrong={wrong}
        value={draft.scopes}
        onChange={(event) => onChange({ scopes: event.currentTarget.value })}
        rows={3}
        dir="ltr"
      />
    );
  }
  const toggle = (scope: string) =>
    chosen.includes(scope) ? chosen.filter((other) => other !== scope) : [...chosen, scope];
  return (
    <div className="ks-field">
      <Choices label={form.scopes}>
        {listed.map((scope) => (
          <Choice
            key={scope}
            label={<span className="ks-mono">{scope}</span>}
            checked={chosen.includes(scope)}
            onChange={() => onChange({ scopes: toggle(scope).join("\n") })}
          />
        ))}
      </Choices>
      <div aria-live="polite">{wrong && <p className="ks-wrong">{wrong}</p>}</div>
    </div>
  );
}
