// The fields of a key, for making one and for changing it. What is wrong with one stands at it.

import { Choice, Choices, TextField } from "@keystead/parts/field.tsx";
import type { ApiKey } from "@keystead/sdk";
import { AccessFields } from "./access-fields.tsx";
import type { Draft } from "./draft.ts";
import { ExpiryField } from "./expiry-field.tsx";
import type { Missing } from "./missing.ts";
import type { Terms } from "./subject.ts";
import { TermsFields } from "./terms-fields.tsx";
import { wrongAt } from "./use-act.ts";
import { form, words } from "./words.ts";

export interface FieldsProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  terms: Terms;
  now: Date;
  missing: Missing;
  error: unknown;
  /** The key that is being changed: some things of it are for good. */
  editing?: ApiKey;
}

export function Fields(props: FieldsProps) {
  const { draft, onChange, terms, now, missing, error, editing } = props;
  const further = wrongAt(error, "/scopes", "/restrictions", "/credits", "/rate_limits") !== null;
  return (
    <>
      <TextField
        label={form.description}
        hint={form.descriptionHint}
        wrong={missing.description ?? wrongAt(error, "/description", "/name")}
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        maxLength={200}
        dir="auto"
        data-first
        required
      />
      {!editing && <Kind {...props} />}
      <ExpiryField
        value={draft.expiry}
        onChange={(expiry) => onChange({ expiry })}
        wrong={missing.expiry ?? wrongAt(error, "/expires_at")}
        current={editing}
        terms={terms}
        now={now}
      />
      {/* What the server refuses must not stand where nobody sees it. */}
      <details className="ks-more" open={further || undefined}>
        <summary>
          {form.advanced} <span className="ks-hint">{form.advancedHint}</span>
        </summary>
        <div className="ks-stack">
          <AccessFields {...props} />
          {terms.maySetTerms && <TermsFields {...props} />}
        </div>
      </details>
    </>
  );
}

function Kind({ draft, onChange, terms, error }: FieldsProps) {
  const wrong = wrongAt(error, "/environment", "/is_public");
  return (
    <div className="ks-stack">
      <Choices label={form.environment}>
        <Choice
          type="radio"
          name="environment"
          label={<b>{words.live}</b>}
          hint={terms.live ? form.liveHint : form.liveForAdmins}
          checked={draft.environment === "live"}
          disabled={!terms.live}
          onChange={() => onChange({ environment: "live" })}
        />
        <Choice
          type="radio"
          name="environment"
          label={<b>{words.test}</b>}
          hint={form.testHint}
          checked={draft.environment === "test"}
          onChange={() => onChange({ environment: "test" })}
        />
      </Choices>
      <Choices label={form.visibility}>
        <Choice
          type="radio"
          name="visibility"
          label={<b>{form.secret}</b>}
          hint={form.secretHint}
          checked={!draft.isPublic}
          onChange={() => onChange({ isPublic: false })}
        />
        <Choice
          type="radio"
          name="visibility"
          label={<b>{form.public}</b>}
          hint={form.publicHint}
          checked={draft.isPublic}
          onChange={() => onChange({ isPublic: true })}
        />
      </Choices>
      <div className="ks-live" aria-live="polite">
        {wrong && <p className="ks-wrong">{wrong}</p>}
      </div>
    </div>
  );
}
