// What a first visit costs: the bytes that travel, as gzip packs them.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const DIST = join(import.meta.dirname, "../../ui/dist");
const KB = 1000;

/** As it travels: what is too small to be worth packing is sent as it is. */
function packed(path) {
  const file = join(DIST, path);
  return (statSync(`${file}.gz`, { throwIfNoEntry: false }) ?? statSync(file)).size;
}

/** A script and whatever it imports before it runs. */
function withImports(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(join(DIST, path), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g))
    withImports(join(path, "..", name), seen);
  return seen;
}

/** What a page loads before it shows anything. */
function firstLoad(page) {
  const html = readFileSync(join(DIST, page), "utf8");
  const named = [...html.matchAll(/(?:href|src)="\{\{base\}\}\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path);
  const all = new Set(named.flatMap((path) => (path.endsWith(".js") ? [...withImports(path)] : [path])));
  assert.ok(all.size >= 2, `${page} names a script and a style sheet`);
  return [...all].reduce((sum, path) => sum + packed(path), 0);
}

test("the script for other pages is at most 90 KB", (t) => {
  const size = packed("embed/v1/keystead.js");
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 90 * KB, `${size} bytes`);
});

test("the console's first load is at most 250 KB", (t) => {
  const size = firstLoad("console/index.html");
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 250 * KB, `${size} bytes`);
});

test("the page behind a portal link is at most 95 KB", (t) => {
  const size = firstLoad("portal/index.html");
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 95 * KB, `${size} bytes`);
});
