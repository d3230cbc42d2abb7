// Bundles app.tsx into dist/. Of @keystead/react from npm, esbuild needs neither the condition nor the plugin.

import { build } from "esbuild";
import { cssAsText } from "../../css-as-text.mjs";

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ["app.tsx"],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  conditions: ["keystead-source"],
  plugins: [cssAsText],
});
