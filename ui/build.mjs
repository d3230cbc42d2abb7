// Builds what the server embeds, into dist/: the console and the portal page, each with hashed assets, the panel's script for other pages
// (its name is a promise), and the small script of the documentation. Beside each file stand its compressed forms.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cssAsText } from "./css-as-text.mjs";

const DIST = join(import.meta.dirname, "dist");
/** Below this a second request costs more than it saves. */
const WORTH_PACKING = 1024;

/** The panel brings the small Preact instead of React where no React is there anyway. */
const preact = {
  react: "preact/compat",
  "react-dom": "preact/compat",
  "react-dom/client": "preact/compat/client",
  "react/jsx-runtime": "preact/jsx-runtime",
};

const common = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  minify: true,
  target: "es2022",
  jsx: "automatic",
  conditions: ["keystead-source"],
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};
const hashed = { outdir: join(DIST, "assets"), entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]" };

rmSync(DIST, { recursive: true, force: true });

const [console_, style, portal] = await Promise.all([
  build({
    ...common,
    ...hashed,
    entryPoints: ["console/src/console.tsx"],
    format: "esm",
    splitting: true,
    plugins: [cssAsText],
  }),
  build({ ...common, ...hashed, entryPoints: ["console/src/console.css", "embed/src/portal/portal.css"] }),
  build({
    ...common,
    ...hashed,
    entryPoints: ["embed/src/portal.tsx"],
    format: "esm",
    alias: preact,
    plugins: [cssAsText],
  }),
  build({
    ...common,
    entryPoints: { keystead: "embed/src/element.tsx" },
    outdir: join(DIST, "embed/v1"),
    format: "iife",
    alias: preact,
    plugins: [cssAsText],
  }),
  build({ ...common, entryPoints: { try: "docs/try.ts" }, outdir: DIST }),
]);

page("console/index.html", "console/index.html", {
  script: entry(console_, "console/src/console.tsx"),
  style: entry(style, "console/src/console.css"),
  preloads: preloads(console_, "console/src/console.tsx"),
});
page("embed/portal.html", "portal/index.html", {
  script: entry(portal, "embed/src/portal.tsx"),
  style: entry(style, "embed/src/portal/portal.css"),
});
for (const file of files(DIST)) pack(file);

/** The path of what a build made of this source, as a page names it. What is loaded later is an entry of its own to esbuild. */
function entry({ metafile }, source) {
  const [path] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source);
  return relative("dist", path);
}

/** What that imports before it runs, so that all of it is on the way at once. */
function preloads(built, source) {
  const { imports } = built.metafile.outputs[join("dist", entry(built, source))];
  const now = imports.filter(({ kind }) => kind === "import-statement");
  return now.map(({ path }) => `<link rel="modulepreload" href="{{base}}/${relative("dist", path)}">`).join("\n");
}

function page(from, to, names) {
  let html = readFileSync(join(import.meta.dirname, from), "utf8");
  for (const [name, path] of Object.entries(names)) html = html.replaceAll(`{{${name}}}`, path);
  mkdirSync(dirname(join(DIST, to)), { recursive: true });
  writeFileSync(join(DIST, to), html);
}

function files(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function pack(file) {
  const bytes = readFileSync(file);
  // A page is completed by the server, which knows where it stands.
  if (bytes.length < WORTH_PACKING || file.endsWith(".html")) return;
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
