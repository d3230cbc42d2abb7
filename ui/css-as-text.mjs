// For esbuild: a style sheet that is imported is its text, without what only people need; see parts/src/surface.tsx.

import { readFileSync } from "node:fs";
import { transform } from "esbuild";

export const cssAsText = {
  name: "css-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
      return { contents: code, loader: "text" };
    });
  },
};
