// What is published, installed as others install it: into an empty folder, from the packed files. Needs what npm has kept, or a registry.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const UI = join(import.meta.dirname, "../..");
const PACKED = join(UI, "../target/packages");
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "keystead-install-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  const packed = readdirSync(PACKED).map((name) => join(PACKED, name));
  const versions = (path) => JSON.parse(readFileSync(join(UI, path), "utf8"));
  const own = { ...versions("console/package.json").dependencies, ...versions("package.json").devDependencies };
  const react = ["react", "react-dom", "@types/react"].map((name) => `${name}@${own[name]}`);
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...packed, ...react]);
});
after(() => rmSync(folder, { recursive: true }));

function run(program, args) {
  return execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test("the packages bring what they promise and nothing else", () => {
  for (const name of ["sdk", "react"]) {
    const root = join(folder, "node_modules/@keystead", name);
    const there = readdirSync(root, { recursive: true }).filter((path) => !path.startsWith("node_modules"));
    assert.ok(there.includes("README.md") && there.includes(join("dist", "index.d.ts")));
    assert.deepEqual(
      there.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts")),
      [],
    );
    for (const path of there.filter((path) => /\.(js|d\.ts)$/.test(path))) {
      assert.doesNotMatch(readFileSync(join(root, path), "utf8"), /@keystead\/parts|keystead-source/, path);
    }
  }
});

test("the installed SDK runs as an ES module", () => {
  writeFileSync(
    join(folder, "run.js"),
    `import { KeysteadServerApp } from "@keystead/sdk";
     import { requireApiKey } from "@keystead/sdk/next";
     await import("@keystead/sdk/express"); await import("@keystead/sdk/hono");
     const app = new KeysteadServerApp({ baseUrl: "http://127.0.0.1:1", secretKey: "x", retries: 0 });
     const GET = requireApiKey(app, {}, () => new Response("in"));
     const answer = await GET(new Request("https://x.example/", { headers: { "X-API-Key": "x" } }));
     console.log(answer.status, (await answer.json()).error.code);`,
  );
  assert.equal(run(process.execPath, ["run.js"]), "503 unavailable\n");
});

test("the installed panel renders on a server, for applications that begin there", () => {
  writeFileSync(
    join(folder, "render.js"),
    `import { KeysteadProvider, AccountSettings, KeyPanel, useUser, useTeam } from "@keystead/react";
     import { createElement as h } from "react";
     import { renderToString } from "react-dom/server";
     const inside = h("p", null, [AccountSettings, KeyPanel, useUser, useTeam].every((it) => typeof it === "function") ? "whole" : "");
     console.log(renderToString(h(KeysteadProvider, { baseUrl: "https://x.example", token: "ptl_x" }, inside)));`,
  );
  assert.match(run(process.execPath, ["render.js"]), /<p>whole<\/p>/);
});

test("the types of both packages are whole, for the strictest compiler and for the most common resolution", () => {
  writeFileSync(
    join(folder, "program.tsx"),
    `import { KeyPanel, KeysteadProvider, useUser } from "@keystead/react";
     import { type ApiKey, KeysteadClientApp, KeysteadServerApp, type Verdict } from "@keystead/sdk";
     import { requireApiKey } from "@keystead/sdk/next";
     const app = new KeysteadClientApp({ baseUrl: "https://x.example", token: async () => "ptl_x" });
     function Mine() {
       const user = useUser({ or: "redirect" });
       const keys: ApiKey<"user">[] = user.useApiKeys();
       return <KeyPanel owner={keys.length > 0 ? user : user.useTeam("team_1") ?? user} />;
     }
     export const page = <KeysteadProvider app={app}><Mine /></KeysteadProvider>;
     const server = new KeysteadServerApp({ baseUrl: "https://x.example", secretKey: "x", timeoutMs: undefined });
     export const GET = requireApiKey(server, { scopes: ["x"] }, (_request, verdict: Verdict) => Response.json(verdict.owner));
     // @ts-expect-error: the key is missing
     new KeysteadServerApp({ baseUrl: "https://x.example" });`,
  );
  for (const [module, moduleResolution] of [
    ["esnext", "bundler"],
    ["nodenext", "nodenext"],
  ]) {
    const compilerOptions = {
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      jsx: "react-jsx",
      lib: ["es2022", "dom"],
      types: [],
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["program.tsx"] }));
    try {
      run(join(UI, "node_modules/.bin/tsc"), ["-p", "."]);
    } catch (error) {
      assert.fail(`${moduleResolution}:\n${error.stdout}`);
    }
  }
});
