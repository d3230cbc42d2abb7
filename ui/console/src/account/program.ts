// What a session is in, as people know it. Browsers name others beside themselves: the first that fits is the one.

import { words } from "./words.ts";

type Names = readonly (readonly [string, RegExp])[];

const BROWSERS: Names = [
  ["Edge", /\bEdg/],
  ["Opera", /\bOPR\//],
  ["Firefox", /\bFirefox\//],
  ["Chrome", /Chrome\//],
  ["Safari", /\bSafari\//],
];
const SYSTEMS: Names = [
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X/],
  ["Linux", /Linux/],
];

export function programOf(agent: string): string {
  const first = (names: Names) => names.find(([, pattern]) => pattern.test(agent))?.[0];
  const [browser, system] = [first(BROWSERS), first(SYSTEMS)];
  if (browser === undefined) return agent === "" ? words.sessions.program : agent;
  return system === undefined ? browser : words.sessions.on(browser, system);
}
