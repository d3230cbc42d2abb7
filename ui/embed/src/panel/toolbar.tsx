// Above the table: what to look for, in which order, and the way to a new key.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import type { Environment, KeySort, Status } from "@keystead/sdk";
import { type RefObject, useEffect, useState } from "react";
import type { Filter } from "./use-keys.ts";
import { sorts, statuses, words } from "./words.ts";

/** So long after the last letter the server is asked. */
const PAUSE_MS = 200;

interface ToolbarProps {
  filter: Filter;
  onFilter: (change: Partial<Filter>) => void;
  search: RefObject<HTMLInputElement | null>;
  onCreate: (() => void) | null;
}

export function Toolbar({ filter, onFilter, search, onCreate }: ToolbarProps) {
  return (
    <div className="ks-toolbar">
      <Search value={filter.q} onChange={(q) => onFilter({ q })} input={search} />
      <select
        className="ks-input ks-pick"
        aria-label={words.status}
        value={filter.status}
        onChange={(event) => onFilter({ status: event.currentTarget.value as Status | "" })}
      >
        <option value="">{words.anyStatus}</option>
        {Object.entries(statuses).map(([status, text]) => (
          <option key={status} value={status}>
            {text}
          </option>
        ))}
      </select>
      <select
        className="ks-input ks-pick"
        aria-label={words.environment}
        value={filter.environment}
        onChange={(event) => onFilter({ environment: event.currentTarget.value as Environment | "" })}
      >
        <option value="">{words.anyEnvironment}</option>
        <option value="live">{words.live}</option>
        <option value="test">{words.test}</option>
      </select>
      <select
        className="ks-input ks-pick ks-narrow"
        aria-label={words.sort}
        value={filter.sort}
        onChange={(event) => onFilter({ sort: event.currentTarget.value as KeySort })}
      >
        {Object.entries(sorts).map(([sort, text]) => (
          <option key={sort} value={sort}>
            {text}
          </option>
        ))}
      </select>
      {onCreate && (
        <Button kind="primary" className="ks-create" onClick={onCreate}>
          <Icon name="plus" /> {words.create}
        </Button>
      )}
    </div>
  );
}

function Search(props: { value: string; onChange: (q: string) => void; input: RefObject<HTMLInputElement | null> }) {
  const { value, onChange, input } = props;
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the text that starts the clock
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="ks-key-search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        className="ks-input"
        part="input"
        aria-label={words.search}
        placeholder={words.search}
        title={words.searchHint}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        dir="auto"
      />
    </div>
  );
}
