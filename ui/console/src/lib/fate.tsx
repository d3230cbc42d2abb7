// What becomes of the keys of whoever goes: they end, or they move to somebody else.

import { Choice, Choices } from "@keystead/parts/field.tsx";
import type { OwnerType, Query } from "@keystead/sdk";
import { useState } from "react";
import { type Picked, Picker } from "./picker.tsx";
import { lib } from "./words.ts";

export interface Fate {
  /** For `DELETE`; null where somebody must be chosen first. */
  query: Query | null;
  fields: Parameters<typeof FateFields>[0];
}

export function useFate(owner: string, types: readonly OwnerType[]): Fate {
  const [move, setMove] = useState(false);
  const [to, setTo] = useState<Picked | null>(null);
  const query = move ? to && { keys: "transfer", to: to.id } : { keys: "revoke" };
  return { query, fields: { owner, types, move, to, setMove, setTo } };
}

interface FieldsProps {
  owner: string;
  types: readonly OwnerType[];
  move: boolean;
  to: Picked | null;
  setMove: (move: boolean) => void;
  setTo: (to: Picked | null) => void;
  wrong?: string | null;
}

export function FateFields({ owner, types, move, to, setMove, setTo, wrong }: FieldsProps) {
  // Whoever has chosen is not told to choose any more.
  const said = wrong && !(to && wrong === lib.fate.required) ? wrong : null;
  return (
    <>
      <Choices label={lib.fate.label}>
        <Choice
          type="radio"
          name="keys"
          checked={!move}
          onChange={() => setMove(false)}
          label={lib.fate.revoke}
          hint={lib.fate.revokeHint}
        />
        <Choice
          type="radio"
          name="keys"
          checked={move}
          onChange={() => setMove(true)}
          label={lib.fate.move}
          hint={lib.fate.moveHint}
        />
      </Choices>
      {move && <Picker label={lib.fate.to} types={types} onPick={setTo} without={owner} wrong={said} />}
    </>
  );
}
