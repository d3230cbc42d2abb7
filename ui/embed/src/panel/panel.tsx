// The panel itself: the list, and what is open about it.

import { Button } from "@keystead/parts/button.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Blank, Failed } from "@keystead/parts/states.tsx";
import { useToast } from "@keystead/parts/toasts.tsx";
import type { ApiKey } from "@keystead/sdk";
import { useMemo, useRef, useState } from "react";
import { isEnded } from "../access/access.ts";
import { Dialogs } from "./dialogs.tsx";
import type { Doing } from "./doing.ts";
import { KeyDrawer } from "./drawer.tsx";
import { Empty, Skeleton } from "./empty.tsx";
import { FirstView, type Fresh } from "./first-view.tsx";
import { Foot } from "./foot.tsx";
import { CreateKey } from "./key-form.tsx";
import type { Subject } from "./subject.ts";
import { Table } from "./table.tsx";
import { Toolbar } from "./toolbar.tsx";
import { type Filter, isFiltered, UNFILTERED, useKeys } from "./use-keys.ts";
import { useNow, useOnline } from "./use-now.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import { type Start, useStart } from "./use-start.ts";
import { created, words } from "./words.ts";

interface PanelProps {
  subject: Subject & { list: NonNullable<Subject["list"]> };
  start: Start | undefined;
  /** After what was asked for at the start is closed. */
  onStarted: (() => void) | undefined;
}

export function Panel({ subject, start, onStarted }: PanelProps) {
  const [filter, setFilter] = useState<Filter>(UNFILTERED);
  const [creating, setCreating] = useState(false);
  const [opened, setOpened] = useState<ApiKey | null>(null);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [fresh, setFresh] = useState<Fresh | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const say = useToast();
  const now = useNow();
  const online = useOnline();
  const list = useKeys(subject, filter);
  const { keys, error } = list;
  const create = subject.create;
  const shortcuts = useMemo(
    () => ({ "/": () => search.current?.focus(), c: create && (() => setCreating(true)) }),
    [create],
  );
  useStart(start, { key: setOpened, create: create && (() => setCreating(true)) });
  const closeDrawer = () => {
    setOpened(null);
    if (typeof start === "object") onStarted?.();
  };
  const closeForm = () => {
    setCreating(false);
    if (start === "create") onStarted?.();
  };
  const [shortcutsOn, turnShortcuts] = useShortcuts(shortcuts);
  /** As the list has it now: another tab may have changed it. */
  const current = (key: ApiKey) => keys?.find((one) => one.id === key.id) ?? key;
  const narrow = (change: Partial<Filter>) => setFilter((before) => ({ ...before, ...change }));
  const act = (what: Doing["what"], key: ApiKey) => (what === "open" ? setOpened(key) : setDoing({ what, key }));
  const empty = keys?.length === 0 && !list.isPlaceholderData;
  const bare = empty && !isFiltered(filter);
  return (
    <section className="ks-panel" aria-label={words.region}>
      {!bare && (
        <Toolbar filter={filter} onFilter={narrow} search={search} onCreate={create && (() => setCreating(true))} />
      )}
      {filter.owner && (
        <div className="ks-row">
          <span className="ks-tag">{words.oneOwner(filter.owner.name)}</span>
          <Button kind="quiet" onClick={() => narrow({ owner: null })}>
            {words.showAllOwners}
          </Button>
        </div>
      )}
      {!create && !bare && keys && (
        <p className="ks-note">
          <Icon name="alert" /> {words.offNote}
        </p>
      )}
      {((error && !isEnded(error)) || !online) && (
        <div className="ks-stack">
          <Failed error={error} onRetry={() => void list.refetch()} />
          {keys && <p className="ks-hint">{words.stale}</p>}
        </div>
      )}
      {!keys && !error && online && <Skeleton />}
      {empty &&
        (bare ? (
          <Empty subject={subject} onCreate={create && (() => setCreating(true))} />
        ) : (
          <Blank icon="search" title={words.nothing}>
            <p className="ks-soft">{words.nothingWhy}</p>
            <Button onClick={() => setFilter({ ...UNFILTERED, sort: filter.sort })}>{words.clear}</Button>
          </Blank>
        ))}
      {keys && keys.length > 0 && (
        <div className="ks-list" data-old={list.isPlaceholderData || undefined}>
          <Table
            keys={keys}
            label={subject.kind === "all" ? words.allKeys : words.table(subject.name)}
            sort={filter.sort}
            onSort={(sort) => narrow({ sort })}
            more={
              list.hasNextPage && !error ? { fetch: () => void list.fetchNextPage(), fetching: list.isFetching } : null
            }
            all={subject.kind === "all"}
            now={now}
            onDo={act}
            onOwner={(owner) => narrow({ owner })}
          />
        </div>
      )}
      <Foot
        count={keys && !empty ? words.count(keys.length, list.hasNextPage) : ""}
        canSearch={!bare}
        canCreate={create !== null}
        on={shortcutsOn}
        onTurn={turnShortcuts}
      />
      {opened && (
        <KeyDrawer
          of={current(opened)}
          onDo={(what) => act(what, current(opened))}
          onClose={closeDrawer}
          {...{ subject, now }}
        />
      )}
      {doing && (
        <Dialogs
          doing={{ ...doing, key: current(doing.key) }}
          onFresh={setFresh}
          onClose={() => setDoing(null)}
          subject={subject}
        />
      )}
      {creating && create && (
        <CreateKey
          create={create}
          terms={subject.terms}
          onCreated={(key) => {
            closeForm();
            setFresh({ secret: key.value, description: key.description });
          }}
          onClose={closeForm}
        />
      )}
      {fresh && (
        <FirstView
          fresh={fresh}
          onDone={() => {
            say(created(fresh.description));
            setFresh(null);
          }}
        />
      )}
    </section>
  );
}
