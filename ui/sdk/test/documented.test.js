// What an editor shows beside each public name: a sentence and an example.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const DIST = join(import.meta.dirname, "../dist");
const ENTRIES = ["index", "express", "hono", "next"];
const texts = readdirSync(DIST)
  .filter((name) => name.endsWith(".d.ts"))
  .map((name) => readFileSync(join(DIST, name), "utf8"));

/** The comment right before a declaration, or nothing. */
function comment(text, declaration) {
  const before = text.slice(0, text.search(declaration)).trimEnd();
  return before.endsWith("*/") ? before.slice(before.lastIndexOf("/**")) : "";
}

test("every public name has a sentence and an example", () => {
  const lacking = [];
  for (const entry of ENTRIES) {
    const text = readFileSync(join(DIST, `${entry}.d.ts`), "utf8");
    const again = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names]) => names.split(","));
    const here = [...text.matchAll(/export (?:declare )?(?:function|interface|class|type) (\w+)/g)].map(
      ([, name]) => name,
    );
    for (const name of [...again.map((name) => name.trim().replace(/^type /, "")), ...here]) {
      if (name === "") continue;
      const declaration = new RegExp(`export (declare )?(abstract )?(class|interface|type|function) ${name}\\b`);
      const home = [text, ...texts].find((text) => declaration.test(text));
      if (!home || !comment(home, declaration).includes("@example")) lacking.push(name);
    }
  }
  assert.deepEqual(lacking, []);
});

test("so has every method", () => {
  const lacking = [];
  for (const text of texts) {
    for (const [, name, body] of text.matchAll(/export declare (?:abstract )?class (\w+)[^{]*\{\n([\s\S]*?)\n\}/g)) {
      const seen = new Set(["constructor"]);
      for (const { 1: method, index } of body.matchAll(/^ {4}([a-z]\w*)(?:<[^>]*>)?\(/gm)) {
        const before = body.slice(0, index).trimEnd();
        const comment = before.endsWith("*/") ? before.slice(before.lastIndexOf("/**")) : "";
        // Further forms of a method share the comment of the first.
        if (!seen.has(method) && !comment.includes("@example")) lacking.push(`${name}.${method}`);
        seen.add(method);
      }
    }
  }
  assert.deepEqual(lacking, []);
});
