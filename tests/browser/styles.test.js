// The style sheets stand side by side in the console's pages: none may mean something else by a name.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const UI = join(import.meta.dirname, "../../ui");

/** The classes that style sheets of this folder speak of. */
function classes(folder) {
  const sheets = readdirSync(join(UI, folder), { recursive: true }).filter((name) => name.endsWith(".css"));
  assert.ok(sheets.length > 0, folder);
  const text = sheets.map((name) => readFileSync(join(UI, folder, name), "utf8")).join("\n");
  return new Set([...text.matchAll(/\.(ks-[\w-]+)/g)].map(([, name]) => name));
}

test("no class is styled by the panel and by the console, each in its own way", () => {
  const [panel, console_, common] = ["embed/src", "console/src", "parts/src"].map(classes);
  const both = [...panel].filter((name) => console_.has(name) && !common.has(name));
  assert.deepEqual(both, []);
});
