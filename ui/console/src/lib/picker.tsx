// Picks a person or a team out of any number of them: what is typed is searched on the server. Keys, focus and roles are Zag's.

import { Icon } from "@keystead/parts/icon.tsx";
import { useHeld } from "@keystead/react";
import type { OwnerType, WireTeam, WireUser } from "@keystead/sdk";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import * as machine from "@zag-js/combobox";
import { normalizeProps, useMachine } from "@zag-js/react";
import { type ReactNode, useId, useMemo, useState } from "react";
import { useSettled } from "./search.tsx";
import { lib } from "./words.ts";

const OFFERED = 8;

export interface Picked {
  id: string;
  name: string;
  /** An e-mail, or the id that the host application knows. */
  about: string | null;
  type: OwnerType;
}

interface PickerProps {
  label: string;
  types: readonly OwnerType[];
  onPick: (picked: Picked | null) => void;
  placeholder?: string;
  hint?: ReactNode;
  wrong?: string | null;
  /** Not offered. */
  without?: string;
}

export function Picker({ label, types, onPick, placeholder = lib.pick.search, hint, wrong, without }: PickerProps) {
  const [typed, setTyped] = useState("");
  const [picked, setPicked] = useState<Picked | null>(null);
  function pick(one: Picked | null) {
    setPicked(one);
    onPick(one);
  }
  const { data: found = [], isFetching } = useFound(types, useSettled(typed), without);
  const items = useMemo(
    () => machine.collection({ items: found, itemToValue: (item) => item.id, itemToString: (item) => item.name }),
    [found],
  );
  const note = useId();
  const service = useMachine(machine.machine, {
    id: useId(),
    collection: items,
    openOnClick: true,
    selectionBehavior: "replace",
    inputBehavior: "autohighlight",
    invalid: Boolean(wrong),
    onInputValueChange: ({ inputValue, reason }) => {
      if (reason === "input-change") setTyped(inputValue);
      // An empty field is nobody, not who stood there before.
      if (inputValue === "" && picked) pick(null);
    },
    value: picked ? [picked.id] : [],
    onValueChange: ({ value: [id] }) => pick(found.find((item) => item.id === id) ?? null),
    positioning: { placement: "bottom-start", sameWidth: true, strategy: "fixed" },
  });
  const box = machine.connect(service, normalizeProps);
  return (
    <div className="ks-field" {...box.getRootProps()}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: Zag says what it is for */}
      <label className="ks-label" {...box.getLabelProps()}>
        {label}
      </label>
      <div className="ks-search" {...box.getControlProps()}>
        <Icon name="search" />
        <input
          {...box.getInputProps()}
          className="ks-input"
          placeholder={placeholder}
          aria-describedby={hint || wrong ? note : undefined}
        />
      </div>
      <div id={note}>
        {wrong && (
          <p className="ks-wrong" role="alert">
            {wrong}
          </p>
        )}
        {hint && <p className="ks-hint">{hint}</p>}
      </div>
      {box.open && (
        <div {...box.getPositionerProps()}>
          <ul {...box.getContentProps()} className="ks-menu ks-picks" aria-busy={isFetching}>
            {found.map((item) => (
              <li key={item.id} {...box.getItemProps({ item })} className="ks-menu-item">
                <Icon name={item.type === "team" ? "people" : "person"} />
                <span className="ks-cut">{item.name}</span>
                {item.about && <span className="ks-hint ks-cut">{item.about}</span>}
              </li>
            ))}
            {found.length === 0 && !isFetching && <li className="ks-menu-item ks-soft">{lib.pick.none}</li>}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Those that match, of each kind the first few. */
function useFound(types: readonly OwnerType[], q: string, without: string | undefined) {
  const { app, cache } = useHeld();
  const query = {
    queryKey: ["pick", types, q, without],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const asked = { query: { q: q || null, limit: OFFERED }, signal };
      const [users, teams] = await Promise.all([
        types.includes("user") ? app.request<WireUser[]>("GET", "/v1/users", asked) : null,
        types.includes("team") ? app.request<WireTeam[]>("GET", "/v1/teams", asked) : null,
      ]);
      const found: Picked[] = [
        ...(users?.data ?? []).map((user) => ({
          ...named(user),
          about: user.email ?? user.external_id,
          type: "user" as const,
        })),
        ...(teams?.data ?? []).map((team) => ({ ...named(team), about: team.external_id, type: "team" as const })),
      ];
      return found.filter((one) => one.id !== without);
    },
    placeholderData: keepPreviousData,
  };
  return useQuery(query, cache);
}

const named = ({ id, name }: { id: string; name: string }) => ({ id, name });
