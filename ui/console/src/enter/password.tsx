// A password that is chosen here.

import { TextField } from "@keystead/parts/field.tsx";
import { words } from "./words.ts";

export function NewPassword({ wrong, first = false }: { wrong: string | null; first?: boolean }) {
  return (
    <TextField
      label={words.field.password}
      hint={words.field.passwordHint}
      name="password"
      type="password"
      autoComplete="new-password"
      required
      autoFocus={first}
      wrong={wrong}
    />
  );
}
