// A form that sends what is in it. What is wrong stands at its field, which gets the focus; the rest stands above the button. What was typed
// stays.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { words } from "@keystead/parts/states.tsx";
import { ApiError } from "@keystead/sdk";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { told } from "./told.ts";
import { lib } from "./words.ts";

/** What the server, or the form itself, says of this field (a JSON pointer). */
type WrongAt = (field: string) => string | null;

interface FormProps {
  /** With the names and values of the controls; blanks around are taken off, but not of passwords. */
  act: (values: Record<string, string>, form: HTMLFormElement) => Promise<unknown>;
  verb: string;
  kind?: "primary" | "plain" | "danger";
  disabled?: boolean;
  /** Beside the button. */
  more?: ReactNode;
  children: (wrong: WrongAt) => ReactNode;
}

export function Form({ act, verb, kind = "primary", disabled = false, more, children }: FormProps) {
  const element = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const at = fieldOf(error);
  const stands = at !== null && controls(element.current).some(({ name }) => `/${name}` === at);
  useEffect(() => {
    if (error) element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    event.stopPropagation();
    const form = event.currentTarget;
    if (busy || disabled) return;
    setBusy(true);
    setError(null);
    try {
      missing(form);
      await act(valuesOf(form), form);
    } catch (failure) {
      setError(told(failure));
    }
    setBusy(false);
  }
  return (
    <form ref={element} className="ks-stack" onSubmit={send} noValidate>
      {children((field) => (at === field ? words(error) : null))}
      <div role="alert">
        {error !== null && !stands && (
          <div className="ks-note" data-tone="danger">
            <Icon name="alert" /> <p>{words(error)}</p>
          </div>
        )}
      </div>
      <div className="ks-row">
        <Button type="submit" kind={kind} busy={busy} disabled={disabled}>
          {verb}
        </Button>
        {more}
      </div>
    </form>
  );
}

function fieldOf(error: unknown): string | null {
  return error instanceof ApiError ? error.field : null;
}

/** The first that is required and empty is an error as if the server had said so. */
function missing(form: HTMLFormElement): void {
  const empty = controls(form).find(({ required, value }) => required && value === "");
  if (empty) throw new ApiError({ status: 0, code: "invalid", message: lib.needed, field: `/${empty.name}` });
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  const given = controls(form).filter(({ name, value }) => name !== "" && value !== "");
  return Object.fromEntries(given.map(({ name, type, value }) => [name, type === "password" ? value : value.trim()]));
}

function controls(form: HTMLFormElement | null): (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[] {
  return [...(form?.querySelectorAll<HTMLInputElement>("input, select, textarea") ?? [])];
}
