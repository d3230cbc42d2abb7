// The examples of ui/examples that are servers, as programs of their own, against the real server: what a caller of theirs gets.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { backend, serve } from "./kit.js";

const UI = resolve(import.meta.dirname, "../../ui");
const { build } = createRequire(join(UI, "package.json"))("esbuild");

let server;
let call;
before(async () => {
  server = await serve();
  call = backend(server);
});
after(async () => {
  await server.stop();
});

/** Starts an example against `keystead`, and answers how to ask it and how to end it. */
async function example(name, keystead = server.url) {
  const env = { ...process.env, KEYSTEAD_URL: keystead, KEYSTEAD_TOKEN: server.token(), PORT: "0" };
  const child = spawn(process.execPath, ["server.mjs"], {
    cwd: join(UI, "examples", name),
    env,
    stdio: ["ignore", "inherit", "pipe"],
  });
  const said = [];
  for await (const line of createInterface(child.stderr)) {
    if (/^http:/.test(line)) {
      child.stderr.resume();
      return { url: line, stop: () => child.kill() };
    }
    said.push(line);
  }
  throw new Error(
    `the example ${name} did not start (npm run packages in ui/ makes what it needs):\n${said.join("\n")}`,
  );
}

/** A key of a new user. */
async function key(more = {}) {
  const scopes = ["invoices:read", "invoices:write"];
  const user = await call("POST", "/v1/users", {
    external_id: `of ${Math.random()}`,
    name: "Maya",
    scopes_grantable: scopes,
  });
  return call("POST", `/v1/users/${user.id}/api-keys`, { description: "example", expires_at: null, ...more });
}

const bearer = (secret) => ({ headers: { Authorization: `Bearer ${secret}` } });

for (const [name, path] of [
  ["express", "/v1/invoices"],
  ["next", "/v1/invoices/7"],
]) {
  test(`${name}: a good key gets an answer, and one that was revoked none from the next call on`, async () => {
    const { url, stop } = await example(name);
    try {
      const good = await key({ scopes: ["invoices:read"] });
      const answer = await fetch(url + path, bearer(good.secret));
      assert.equal(answer.status, 200);
      assert.equal((await answer.json()).of, "Maya");
      assert.equal((await fetch(url + path, { headers: { "X-API-Key": good.secret } })).status, 200);
      await call("DELETE", `/v1/api-keys/${good.id}`);
      assert.equal((await fetch(url + path, bearer(good.secret))).status, 401);
    } finally {
      stop();
    }
  });

  test(`${name}: no key is 401, a scope too few 403, a limit 429 with the time to wait, no server 503`, async () => {
    const { url, stop } = await example(name);
    const lonely = await example(name, "http://127.0.0.1:1");
    try {
      const none = await fetch(url + path);
      assert.equal(none.status, 401);
      assert.equal(none.headers.get("www-authenticate"), "Bearer");
      const few = await key();
      assert.equal((await fetch(url + path, bearer(few.secret))).status, 403);
      const limit = [{ name: "default", limit: 1, window_s: 3600 }];
      const slow = await key({ scopes: ["invoices:read"], rate_limits: limit });
      assert.equal((await fetch(url + path, bearer(slow.secret))).status, 200);
      const limited = await fetch(url + path, bearer(slow.secret));
      assert.equal(limited.status, 429);
      assert.ok(Number(limited.headers.get("retry-after")) > 0);
      assert.equal((await fetch(lonely.url + path, bearer(slow.secret))).status, 503);
    } finally {
      stop();
      lonely.stop();
    }
  });
}

test("express: a dear route takes its price in credits, and refuses what cannot pay it", async () => {
  const { url, stop } = await example("express");
  try {
    const paid = await key({ scopes: ["invoices:write"], credits: { remaining: 7 } });
    const post = () => fetch(`${url}/v1/invoices`, { method: "POST", ...bearer(paid.secret) });
    assert.equal((await post()).status, 201);
    assert.equal((await post()).status, 429);
    assert.equal((await call("GET", `/v1/api-keys/${paid.id}`)).credits.remaining, 2);
  } finally {
    stop();
  }
});

test("the sample backend tells a user's key from a team's, and issues keys", async () => {
  Object.assign(process.env, { KEYSTEAD_URL: server.url, KEYSTEAD_TOKEN: server.token() });
  const entryPoints = [join(UI, "examples/samples/server.ts")];
  const outfile = join(UI, "examples/samples/dist/server.js");
  await build({ entryPoints, outfile, bundle: true, format: "esm", platform: "node", packages: "external" });
  const { whoami, issue } = await import(outfile);
  const ask = (secret) => whoami(new Request("https://api.example.com/", secret ? bearer(secret) : {}));
  assert.equal((await ask(null)).status, 401);
  assert.equal((await ask("nonsense")).status, 401);
  const user = await call("POST", "/v1/users", { external_id: "sample", name: "Maya" });
  const { secret } = await (await issue(user.id)).json();
  assert.deepEqual(await (await ask(secret)).json(), { user: user.id, team: null });
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  const theirs = await call("POST", `/v1/teams/${team.id}/api-keys`, { description: "ci", expires_at: null });
  assert.deepEqual(await (await ask(theirs.secret)).json(), { user: null, team: team.id });
  assert.equal((await issue("usr_01k9zzzzzzzzzzzzzzzzzzzzzz")).status, 404);
});
