// Keys: mine, those of each of my teams, and for admins those of everybody. The table is the panel that other pages embed.

import { SelectField } from "@keystead/parts/field.tsx";
import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { KeyPanel, type KeyPanelProps, useUser } from "@keystead/react";
import { ApiError, type WireKey } from "@keystead/sdk";
import { useMemo } from "react";
import { Link, useLocation, useParams, useSearch } from "wouter";
import { Head, Parts } from "../lib/head.tsx";
import { useOne } from "../lib/rows.ts";
import { HOME } from "../lib/way.ts";
import { pathOf, type View, viewsOf } from "./views.ts";
import { words } from "./words.ts";

/** More than these are chosen from a list. */
const SIDE_BY_SIDE = 5;

export function KeysPage() {
  const user = useUser({ or: "redirect" });
  const { id } = useParams();
  const views = useMemo(() => viewsOf(user), [user]);
  const asked = new URLSearchParams(useSearch());
  const owner = asked.get("owner");
  return (
    <>
      <Head title={words.title} about={words.about} />
      {id === undefined ? (
        <Viewed
          views={views}
          at={pathOf(owner === user.id ? null : owner)}
          {...(asked.has("create") && { start: "create" })}
        />
      ) : (
        <Linked views={views} id={id} />
      )}
    </>
  );
}

/** A key by its own address: among those of its owner. */
function Linked({ views, id }: { views: readonly View[]; id: string }) {
  const { one: key, error, refetch } = useOne<WireKey>(`/v1/api-keys/${encodeURIComponent(id)}`);
  if (!key && error)
    return error instanceof ApiError && error.status === 404 ? (
      <Unknown title={words.noKey} why={words.noKeyWhy} />
    ) : (
      <Failed error={error} onRetry={() => void refetch()} />
    );
  if (!key) return <Waiting lines={5} />;
  const own = views.find(({ id }) => id === key.owner.id);
  return <Viewed views={views} at={own?.path ?? pathOf("all")} start={{ keyId: id }} />;
}

function Viewed({ views, at, start }: { views: readonly View[]; at: string; start?: KeyPanelProps["start"] }) {
  const [, go] = useLocation();
  const view = views.find(({ path }) => path === at);
  return (
    <>
      {views.length > 1 && <Views views={views} at={at} />}
      {view ? (
        <KeyPanel owner={view.owner} start={start} onStarted={() => go(at, { replace: true })} />
      ) : (
        <Unknown title={words.unknown} why={words.unknownWhy} />
      )}
    </>
  );
}

function Unknown({ title, why }: { title: string; why: string }) {
  return (
    <Blank icon="key" title={title}>
      <p className="ks-soft">{why}</p>
      <Link to={HOME} className="ks-button">
        {words.back}
      </Link>
    </Blank>
  );
}

function Views({ views, at }: { views: readonly View[]; at: string }) {
  const [, go] = useLocation();
  if (views.length <= SIDE_BY_SIDE)
    return <Parts label={words.owners} parts={views.map(({ path, text }) => [path, text])} at={at} />;
  return (
    <div className="ks-bar">
      <SelectField label={words.owners} value={at} onChange={(event) => go(event.currentTarget.value)}>
        {views.map(({ path, text }) => (
          <option key={path} value={path}>
            {text}
          </option>
        ))}
      </SelectField>
    </div>
  );
}
