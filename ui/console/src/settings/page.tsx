// The settings of the instance, for its admins.

import { Redirect, useParams } from "wouter";
import { Head, Parts } from "../lib/head.tsx";
import { About } from "./about.tsx";
import { Prefixes } from "./prefixes.tsx";
import { Roles } from "./roles.tsx";
import { Switches } from "./switches.tsx";
import { words } from "./words.ts";

const ROOT = "/settings";
const parts = [
  [ROOT, words.parts.keys],
  [`${ROOT}/prefixes`, words.parts.prefixes],
  [`${ROOT}/roles`, words.parts.roles],
  [`${ROOT}/about`, words.parts.about],
] as const;

export default function SettingsPage() {
  const { id: part = "" } = useParams();
  return (
    <>
      <Head title={words.title} />
      <Parts label={words.parts.label} parts={parts} at={part === "" ? ROOT : `${ROOT}/${part}`} />
      <div className="ks-settings">
        <Part part={part} />
      </div>
    </>
  );
}

function Part({ part }: { part: string }) {
  switch (part) {
    case "":
      return <Switches />;
    case "prefixes":
      return <Prefixes />;
    case "roles":
      return <Roles />;
    case "about":
      return <About />;
    default:
      return <Redirect to={ROOT} replace />;
  }
}
