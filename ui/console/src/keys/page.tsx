// Keys: mine, those of each of my teams, and for admins those of everybody. The table is the panel that other pages embed.

import { SelectField } from "@keystead/parts/field.tsx";
import { Blank } from "@keystead/parts/states.tsx";
import { KeyPanel, useUser } from "@keystead/react";
import { useMemo } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { Head, Parts } from "../lib/head.tsx";
import { HOME } from "../lib/way.ts";
import { type View, viewsOf } from "./views.ts";
import { words } from "./words.ts";

/** More than these are chosen from a list. */
const SIDE_BY_SIDE = 5;

export function KeysPage() {
  const user = useUser({ or: "redirect" });
  const views = useMemo(() => viewsOf(user), [user]);
  const asked = new URLSearchParams(useSearch()).get("owner");
  const at = asked === null || asked === user.id ? HOME : `${HOME}?owner=${asked}`;
  const view = views.find(({ path }) => path === at);
  return (
    <>
      <Head title={words.title} about={words.about} />
      {views.length > 1 && <Views views={views} at={at} />}
      {view ? (
        <KeyPanel owner={view.owner} />
      ) : (
        <Blank icon="key" title={words.unknown}>
          <p className="ks-soft">{words.unknownWhy}</p>
          <Link to={HOME} className="ks-button">
            {words.back}
          </Link>
        </Blank>
      )}
    </>
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
