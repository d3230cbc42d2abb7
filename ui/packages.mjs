// Builds what is published, @keystead/sdk and @keystead/react, and packs both into ../target/packages. Run by `npm run packages` and before
// the packages' tests. It stops where a declaration or a bundle would need what the package does not bring.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { cssAsText } from "./css-as-text.mjs";

const UI = import.meta.dirname;
const PACKED = resolve(UI, "../target/packages");

for (const name of ["sdk", "embed"]) rmSync(join(UI, name, "dist"), { recursive: true, force: true });
compile("sdk", ["sdk/src"], join(UI, "sdk/dist"), "sdk/src");
declare(join(UI, "sdk/dist"), readdirSync(join(UI, "sdk/dist")));
await bundlePanel();
declarePanel();
rmSync(PACKED, { recursive: true, force: true });
mkdirSync(PACKED, { recursive: true });
for (const name of ["sdk", "embed"]) {
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", PACKED], { cwd: join(UI, name) });
  console.log(join(PACKED, packed.toString().trim()));
}

/** JavaScript and declarations of these folders, as they are laid out below `root`. */
function compile(name, include, outDir, root, more = {}) {
  const folder = mkdtempSync(join(tmpdir(), `keystead-${name}-`));
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    stripInternal: true,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    rootDir: join(UI, root),
    outDir,
    ...more,
  };
  const config = {
    extends: join(UI, "tsconfig.json"),
    compilerOptions,
    include: include.map((path) => join(UI, path)),
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(UI, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit" });
  rmSync(folder, { recursive: true });
}

/** Declarations name the files that are there: older compilers take no other. */
function declare(folder, names) {
  for (const name of names.filter((name) => name.endsWith(".d.ts"))) {
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, "utf8").replace(/(["']\.{1,2}\/[^"']+)\.tsx?(?=["'])/g, "$1.js"));
  }
}

/** The panel with parts and style sheets in it; React, the SDK and the libraries that a host may have itself stay outside. */
async function bundlePanel() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(UI, "embed/package.json"), "utf8"));
  const outside = Object.keys({ ...dependencies, ...peerDependencies });
  await build({
    absWorkingDir: UI,
    entryPoints: ["embed/src/index.ts"],
    outfile: "embed/dist/index.js",
    bundle: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    conditions: ["keystead-source"],
    external: outside.flatMap((name) => [name, `${name}/*`]),
    banner: { js: '"use client";' },
    plugins: [cssAsText, nothingElse(outside)],
    logLevel: "warning",
  });
}

/** What would be bundled from elsewhere is a dependency that package.json forgot. */
function nothingElse(outside) {
  return {
    name: "nothing-else",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === "entry-point" || path.startsWith("@keystead/parts/")) return;
        if (outside.some((name) => path === name || path.startsWith(`${name}/`))) return;
        return { errors: [{ text: `embed/package.json has no dependency for ${path}` }] };
      });
    },
  };
}

/** Only what the public names need. */
function declarePanel() {
  const all = mkdtempSync(join(tmpdir(), "keystead-types-"));
  compile("panel", ["embed/src", "css.d.ts"], all, ".", { emitDeclarationOnly: true });
  const from = join(all, "embed/src");
  const wanted = new Set(["index.d.ts"]);
  for (const name of wanted) {
    const text = readFileSync(join(from, name), "utf8");
    if (text.includes("@keystead/parts"))
      throw new Error(`the declaration ${name} needs @keystead/parts, which is not published`);
    for (const [, path] of text.matchAll(/["'](\.{1,2}\/[^"']+)\.tsx?["']/g)) {
      wanted.add(relative(from, join(from, dirname(name), `${path}.d.ts`)));
    }
    const to = join(UI, "embed/dist", name);
    if (!existsSync(dirname(to))) mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
  declare(join(UI, "embed/dist"), [...wanted]);
  rmSync(all, { recursive: true });
}
