// The token of a page: fetched when it is needed, once for all who wait, and anew when it has ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, KeysteadClientApp } from "../dist/index.js";
import { answers, failure, success, WIRE_USER } from "./kit.js";

const ME = {
  type: "panel",
  user: WIRE_USER,
  teams: [],
  session: null,
  second_factor: null,
  policy: null,
  scopes_grantable: [],
  may_set_terms: false,
  panel: null,
};

/** A server that takes one token at a time, and an app whose tokens count up. */
function page({ fetch, source } = {}) {
  const server = { token: "ptl_1" };
  const take = (_url, { headers }) =>
    headers.Authorization === `Bearer ${server.token}` ? success(ME) : failure(401, "unauthenticated");
  const { fetch: answer, asked } = answers(take);
  const fetched = [];
  const token =
    source ??
    (async ({ stale }) => {
      fetched.push(stale);
      return `ptl_${fetched.length}\n`;
    });
  return {
    server,
    asked,
    fetched,
    app: new KeysteadClientApp({ baseUrl: "https://k.example", token, fetch: fetch ?? answer }),
  };
}

test("requests that begin together wait for one token", async () => {
  const { app, fetched } = page();
  await Promise.all([app.getUser(), app.getUser(), app.getUser()]);
  await app.getUser();
  assert.deepEqual(fetched, [null]);
});

test("a token that has ended is asked for once, whoever noticed", async () => {
  const { app, server, fetched } = page();
  await app.getUser();
  server.token = "ptl_2";
  const users = await Promise.all([app.getUser(), app.getUser(), app.getUser()]);
  assert.ok(users.every((user) => user?.id === WIRE_USER.id));
  assert.deepEqual(fetched, [null, "ptl_1"]);
});

test("a late refusal of the old token does not throw the new one away", async () => {
  let refuseLate;
  const late = new Promise((resolve) => {
    refuseLate = resolve;
  });
  const seen = [];
  const { app, fetched } = page({
    fetch: async (_url, { headers }) => {
      seen.push(headers.Authorization);
      if (headers.Authorization === "Bearer ptl_2") return success(ME);
      if (seen.length === 1) await late;
      return failure(401, "unauthenticated");
    },
  });
  const slow = app.getUser();
  assert.ok(await app.getUser());
  refuseLate();
  assert.ok(await slow);
  assert.deepEqual(fetched, [null, "ptl_1"]);
});

test("who has no access any more is not asked without end", async () => {
  const { app, server, asked } = page();
  server.token = "none";
  assert.equal(await app.getUser(), null);
  assert.equal(asked.length, 2);
  await assert.rejects(app.getUser({ or: "throw" }), { status: 401 });
});

test("a fixed token is not tried twice", async () => {
  const { fetch, asked } = answers(failure(401, "unauthenticated"));
  const app = new KeysteadClientApp({ baseUrl: "https://k.example", token: "ptl_1", fetch });
  assert.equal(await app.getUser(), null);
  assert.equal(asked.length, 1);
});

test("a backend that gives no token is told apart from a server that refuses one, and may be asked again", async () => {
  let broken = true;
  const source = async () => {
    if (broken) throw new TypeError("fetch failed");
    return "ptl_1";
  };
  const { app } = page({ source });
  await assert.rejects(
    app.getUser(),
    (error) => error instanceof ApiError && error.code === "no_token" && error.cause.message === "fetch failed",
  );
  broken = false;
  assert.ok(await app.getUser());
  await assert.rejects(page({ source: () => "<html>Not found</html>" }).app.getUser(), { code: "no_token" });
});

test("one request that is called off does not take the token from the others", async () => {
  let give;
  const { app } = page({ source: () => new Promise((resolve) => (give = resolve)) });
  const control = new AbortController();
  const first = app.getUser({ signal: control.signal });
  const second = app.getUser();
  control.abort(new Error("left"));
  await assert.rejects(first, { message: "left" });
  give("ptl_1");
  assert.ok(await second);
});

test("a page of the server itself sends no token, and says that a change is its own", async () => {
  const { fetch, asked } = answers(success(ME));
  const app = new KeysteadClientApp({ baseUrl: "https://k.example", session: true, fetch });
  await app.getUser();
  await app.request("DELETE", "/v1/sessions/current");
  assert.ok(asked.every(({ headers }) => headers.Authorization === undefined));
  assert.equal(asked[1].headers["X-Keystead-Request"], "1");
  assert.throws(() => new KeysteadClientApp({ baseUrl: "https://k.example" }), /either token or session/);
});
