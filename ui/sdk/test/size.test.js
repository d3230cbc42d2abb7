// What a page that uses the SDK has to load.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 8 * 1024;

async function bundled(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(import.meta.dirname, `../dist/${entry}.js`)],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    write: false,
    metafile: true,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.filter(({ external }) => external));
  return { size: gzipSync(outputFiles[0].contents, { level: 9 }).length, imports };
}

test("the whole package is at most 8 KiB on the wire", async () => {
  const { size } = await bundled("index");
  assert.ok(size <= LIMIT, `${size} bytes`);
});

test("no part of it needs a module of any runtime or framework", async () => {
  for (const entry of ["index", "express", "hono", "next"]) assert.deepEqual((await bundled(entry)).imports, [], entry);
});
