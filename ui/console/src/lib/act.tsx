// Something that is done on a press: while it is under way its button waits, and what went wrong is told where it was pressed.

import { Failed } from "@keystead/parts/states.tsx";
import { useHeld } from "@keystead/react";
import { ApiError } from "@keystead/sdk";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";

export interface Act<Args extends unknown[]> {
  run: (...args: Args) => void;
  busy: boolean;
  error: unknown;
  /** What the server says of this field, a JSON pointer. */
  wrong: (field: string) => string | null;
}

export function useAct<Args extends unknown[]>(act: (...args: Args) => Promise<unknown>): Act<Args> {
  const { cache } = useHeld();
  const { mutate, isPending, error } = useMutation({ mutationFn: (args: Args) => act(...args) }, cache);
  return {
    run: (...args) => mutate(args),
    busy: isPending,
    error,
    wrong: (field) => (stands(error, field) ? (error?.message ?? null) : null),
  };
}

/** What went wrong, unless it stands at one of these fields. */
export function Wrong({ error, fields = [] }: { error: unknown; fields?: readonly string[] }) {
  if (!error || fields.some((field) => stands(error, field))) return null;
  return <Failed error={error} />;
}

/** A form's own submission, and nothing of the browser's. */
export function submit(run: (values: FormData) => void) {
  return (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation();
    run(new FormData(event.currentTarget));
  };
}

/** What stands in a field, without blanks around it. */
export function text(values: FormData, name: string): string {
  return String(values.get(name) ?? "").trim();
}

/** Its lines, or words between commas. */
export function several(values: FormData, name: string): string[] {
  return text(values, name)
    .split(/[\s,]+/)
    .filter((word) => word !== "");
}

/** At this field, or somewhere within it. */
function stands(error: unknown, field: string): boolean {
  if (!(error instanceof ApiError) || error.field === null) return false;
  return error.field === field || error.field.startsWith(`${field}/`);
}
