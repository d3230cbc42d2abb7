// The examples: the panel and the hooks in applications of another origin, as their READMEs say, and what a server draws of them.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { panel } from "./host.js";
import { accessible, backend, browse, person, picture, serve } from "./kit.js";

const UI = join(import.meta.dirname, "../../ui");
/** Longer than lists wait before they look again. */
const LATER_MS = 31_000;

let browser;
let server;
let call;
let robin;
let team;

before(async () => {
  execFileSync("node", ["build.mjs"], { cwd: join(UI, "examples/react") });
  browser = await browse();
  server = await serve();
  call = backend(server);
  team = await call("POST", "/v1/teams", { name: "Acme" });
  robin = await call("PUT", "/v1/users/by-external-id/robin", { name: "Robin" });
  await call("PUT", `/v1/teams/${team.id}/members/${robin.id}`, { role: "admin" });
});

after(async () => {
  await browser.close();
  await server.stop();
});

/** The example, started and opened. */
async function open(t, name, { prepare = () => {} } = {}) {
  const env = {
    ...process.env,
    KEYSTEAD_URL: server.url,
    KEYSTEAD_TOKEN: server.token(),
    KEYSTEAD_TEAM: team.id,
    PORT: "0",
  };
  const child = spawn("node", [join(UI, "examples", name, "server.mjs")], { env, stdio: ["ignore", "ignore", "pipe"] });
  const [url] = await once(createInterface(child.stderr), "line");
  const page = await person(browser);
  t.after(async () => {
    await page.context().close();
    child.kill();
    await once(child, "exit");
  });
  page.tokens = [];
  page.on("request", (request) => {
    const token = /^Bearer (ptl_.+)/.exec(request.headers().authorization ?? "")?.[1];
    if (token && !page.tokens.includes(token)) page.tokens.push(token);
  });
  await page.clock.install();
  await prepare(page);
  await page.goto(url);
  return { page, url };
}

async function end(token) {
  const headers = { Authorization: `Bearer ${token}` };
  await fetch(`${server.url}/v1/portal-sessions/current`, { method: "DELETE", headers });
}

const issue = (description) => call("POST", `/v1/users/${robin.id}/api-keys`, { description, expires_at: null });

test("the plain page of the example shows Robin's keys, in its own look", async (t) => {
  await issue("of the plain page");
  const { page, url } = await open(t, "html");
  await page.getByText("of the plain page").waitFor();
  const button = page.getByRole("button", { name: "Create key" });
  assert.equal(await button.evaluate((element) => getComputedStyle(element).textTransform), "uppercase");
  await accessible(page, "example-html");
  await picture(page, "example-html");
  assert.deepEqual([...page.origins].sort(), [url, server.url].sort());
  assert.deepEqual(page.complaints, []);
});

test("the account page is a panel for the person and one for each team, in React", async (t) => {
  await issue("of the account page");
  const { page, url } = await open(t, "react");
  await page.getByText("of the account page").waitFor();
  await accessible(page, "example-react");
  await picture(page, "example-react");
  await page.getByRole("tab", { name: "Acme" }).click();
  await panel.describe(page, "acme's own");
  await panel.make(page);
  await panel.take(page);
  await page.getByRole("cell", { name: "acme's own", exact: true }).waitFor();
  const [made] = await call("GET", `/v1/teams/${team.id}/api-keys`);
  assert.equal(made.description, "acme's own");
  assert.deepEqual([...page.origins].sort(), [url, server.url].sort());
  assert.deepEqual(page.complaints, []);
});

test("keys are made, listed and revoked by hooks, for a person and for a team, and the lists follow", async (t) => {
  const { page } = await open(t, "react");
  const shown = [];
  page.on("dialog", (dialog) => {
    shown.push(dialog.defaultValue());
    void dialog.accept();
  });
  await page.getByRole("button", { name: "The same with hooks" }).click();
  await page.getByRole("button", { name: "Create a key" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "laptop" });
  await row.waitFor();
  assert.match(shown[0], /^sk_live_/);
  const valid = async (key) => (await call("POST", "/v1/api-keys/verify", { key })).valid;
  assert.equal(await valid(shown[0]), true);
  await row.getByRole("button", { name: "Revoke" }).click();
  await row.getByText("manually-revoked").waitFor();
  assert.equal(await valid(shown[0]), false);

  await page.getByRole("button", { name: "Create a team key" }).click();
  await page.getByRole("listitem").filter({ hasText: "ci" }).first().waitFor();
  const verdict = await call("POST", "/v1/api-keys/verify", { key: shown[1] });
  assert.deepEqual([verdict.owner.type, verdict.owner.id], ["team", team.id]);
  await accessible(page, "example-react-hooks");
  assert.deepEqual(page.complaints, []);
});

test("when a token has ended the application's function is asked for the next one, and nothing is lost", async (t) => {
  await issue("before");
  const { page } = await open(t, "react");
  await page.getByText("before").waitFor();
  await panel.describe(page, "half-written");
  await end(page.tokens[0]);
  await page.clock.fastForward(LATER_MS);
  await panel.make(page);
  await panel.take(page);
  await page.getByRole("cell", { name: "half-written", exact: true }).waitFor();
  assert.equal(page.tokens.length, 2);
});

test("somebody who is not signed in is sent to sign in", async (t) => {
  const prepare = (page) => page.route("**/portal-token", (route) => route.fulfill({ body: `ptl_${"A".repeat(43)}` }));
  const { page } = await open(t, "react", { prepare });
  await page.getByRole("button", { name: "The same with hooks" }).click();
  await page.getByRole("heading", { name: "Sign in to the example" }).waitFor();
});

test("what fails is thrown to the application's error boundary with the server's words, and can be tried again", async (t) => {
  await issue("after all");
  const error = { code: "internal", message: "something broke: try again", field: null, request_id: "req_1" };
  let broken = true;
  const prepare = (page) =>
    page.route(/api-keys\?limit/, async (route) => {
      const answer = await route.fetch();
      if (!broken) return route.fulfill({ response: answer });
      return route.fulfill({ response: answer, status: 500, json: { success: false, error } });
    });
  const { page } = await open(t, "react", { prepare });
  await page.getByRole("button", { name: "The same with hooks" }).click();
  await page.getByText("something broke: try again").waitFor();
  broken = false;
  await page.clock.runFor(1_000);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("after all").waitFor();
});

test("a server draws the application around the panel, and asks nobody", async () => {
  const require = createRequire(join(UI, "package.json"));
  const { buildSync } = require("esbuild");
  const contents = `
    import { AccountSettings, KeysteadProvider, useUser } from "@keystead/react";
    import { Suspense } from "react";
    import { renderToString } from "react-dom/server";
    const Name = () => <b>{useUser({ or: "redirect" }).displayName}</b>;
    const asked = [];
    globalThis.fetch = () => asked.push("the network");
    const html = renderToString(
      <KeysteadProvider baseUrl="https://keys.example.com" token={() => asked.push("the token function")} fallback={<i>waiting</i>}>
        <h1>Application</h1>
        <AccountSettings fullPage />
        <Suspense fallback={<i>a name</i>}><Name /></Suspense>
      </KeysteadProvider>,
    );
    console.log(JSON.stringify({ html, asked }));`;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: join(UI, "examples/react"), loader: "tsx" },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    jsx: "automatic",
    conditions: ["keystead-source"],
    loader: { ".css": "text" },
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const { html, asked } = JSON.parse(execFileSync("node", ["-"], { input: outputFiles[0].text, encoding: "utf8" }));
  assert.match(html, /<h1>Application<\/h1>/);
  assert.match(html, /<i>a name<\/i>/);
  assert.doesNotMatch(html, /<i>waiting<\/i>/);
  assert.deepEqual(asked, []);
});
