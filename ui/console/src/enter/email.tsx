// The address that somebody signs in with: the first field of its form.

import { TextField } from "@keystead/parts/field.tsx";
import { words } from "./words.ts";

export function EmailField({ wrong }: { wrong: string | null }) {
  return (
    <TextField
      label={words.field.email}
      name="email"
      type="email"
      autoComplete="username"
      maxLength={254}
      required
      autoFocus
      wrong={wrong}
    />
  );
}
