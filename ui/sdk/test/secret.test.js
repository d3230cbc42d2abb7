// The secret of a first view is where `value` says, and nowhere that logs, copies or stores look.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { KeysteadServerApp } from "../dist/index.js";
import { answers, SECRET, success, WIRE_KEY, WIRE_USER } from "./kit.js";

async function firstView() {
  const { fetch } = answers(success(WIRE_USER), success({ ...WIRE_KEY, secret: SECRET }));
  const app = new KeysteadServerApp({ baseUrl: "https://k.example", secretKey: "backend", fetch });
  const user = await app.getUser("usr_1");
  return { app, user, key: await user.createApiKey({ description: "laptop", expiresAt: null }) };
}

test("the first view has the secret, and what JSON, consoles, copies and clones see of it has none", async () => {
  const { key } = await firstView();
  assert.equal(key.value, SECRET);
  assert.deepEqual(key.obfuscated, { prefix: "sk_live_", lastFour: "a8d2" });
  const seen = [
    JSON.stringify(key),
    JSON.stringify({ nested: [key] }),
    inspect(key, { showHidden: true, depth: 9 }),
    inspect({ ...key }),
    String(key),
    inspect(structuredClone({ ...key })),
    JSON.stringify(Object.entries(key)),
  ];
  for (const text of seen) assert.ok(!text.includes(SECRET.slice(8, -4)), text);
  assert.deepEqual(JSON.parse(JSON.stringify(key)).value, { prefix: "sk_live_", lastFour: "a8d2" });
  assert.match(inspect(key), /lastFour: 'a8d2'/);
});

test("nor does an app or an owner show the credential that they work with", async () => {
  const { app, user } = await firstView();
  for (const it of [app, user]) {
    assert.ok(!JSON.stringify(it).includes("backend"));
    assert.ok(!inspect(it, { showHidden: true, depth: 9 }).includes("backend"));
  }
});

test("a key that has just ended is invalid without another answer of the server", async () => {
  const ends = new Date(Date.now() - 1).toISOString();
  const { fetch } = answers(success(WIRE_USER), success([{ ...WIRE_KEY, expires_at: ends }]));
  const app = new KeysteadServerApp({ baseUrl: "https://k.example", secretKey: "backend", fetch });
  const [key] = await (await app.getUser("usr_1")).listApiKeys();
  assert.equal(key.whyInvalid(), "expired");
  assert.equal(key.isValid(), false);
});

test("whoever listens hears of each change, and of nothing after they stopped", async () => {
  const { app, user, key } = await firstView();
  const heard = [];
  const stop = app.onChange((owner, change) => heard.push([owner, change?.action, change?.keyId]));
  await key.update({ description: "desk" });
  await key.rotate();
  await key.revoke();
  stop();
  await user.createApiKey({ description: "more", expiresAt: null });
  assert.deepEqual(
    heard,
    ["updated", "rotated", "revoked"].map((action) => [WIRE_USER.id, action, WIRE_KEY.id]),
  );
});
