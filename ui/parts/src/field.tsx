// A label, its control, a hint, and what is wrong with it: tied together for those who don't see them side by side.

import { type ComponentProps, type ReactNode, useId } from "react";

interface Frame {
  label: string;
  hint?: ReactNode;
  /** What is wrong, in a sentence; it is read out when it appears. */
  wrong?: string | null | undefined;
}

function useFrame({ hint, wrong }: Pick<Frame, "hint" | "wrong">) {
  const id = useId();
  const ids = [wrong ? `${id}-wrong` : null, hint ? `${id}-hint` : null].filter((part) => part !== null).join(" ");
  return { id, aria: { "aria-invalid": wrong ? (true as const) : undefined, "aria-describedby": ids || undefined } };
}

function Around({ id, label, hint, wrong, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className="ks-field" part="field">
      <label className="ks-label" htmlFor={id}>
        {label}
      </label>
      {children}
      <div aria-live="polite">
        {wrong && (
          <p id={`${id}-wrong`} className="ks-wrong">
            {wrong}
          </p>
        )}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="ks-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, wrong, ...input }: Frame & ComponentProps<"input">) {
  const { id, aria } = useFrame({ hint, wrong });
  return (
    <Around {...{ id, label, hint, wrong }}>
      <input id={id} className="ks-input" part="input" autoComplete="off" {...aria} {...input} />
    </Around>
  );
}

export function TextArea({ label, hint, wrong, ...input }: Frame & ComponentProps<"textarea">) {
  const { id, aria } = useFrame({ hint, wrong });
  return (
    <Around {...{ id, label, hint, wrong }}>
      <textarea id={id} className="ks-input" part="input" autoComplete="off" spellCheck={false} {...aria} {...input} />
    </Around>
  );
}

export function SelectField({ label, hint, wrong, children, ...input }: Frame & ComponentProps<"select">) {
  const { id, aria } = useFrame({ hint, wrong });
  return (
    <Around {...{ id, label, hint, wrong }}>
      <select id={id} className="ks-input" part="input" {...aria} {...input}>
        {children}
      </select>
    </Around>
  );
}

/** A box to tick, or one of several radio buttons. */
export function Choice({
  label,
  hint,
  type = "checkbox",
  ...input
}: { label: ReactNode; hint?: ReactNode } & ComponentProps<"input">) {
  return (
    <label className="ks-choice" part="choice">
      <input type={type} {...input} />
      <span>
        {label}
        {hint && <span className="ks-hint"> {hint}</span>}
      </span>
    </label>
  );
}

/** Radio buttons that belong together, under one name. */
export function Choices({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className="ks-choices ks-field" part="field">
      <legend className="ks-label">{label}</legend>
      <div className="ks-choices">{children}</div>
    </fieldset>
  );
}
