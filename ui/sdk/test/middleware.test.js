// requireApiKey in a real Express, a real Hono, and a route handler as Next calls it: the same requests, the same outcome.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import express from "express";
import { Hono } from "hono";
import { requireApiKey as forExpress } from "../dist/express.js";
import { requireApiKey as forHono } from "../dist/hono.js";
import { ApiError, KeysteadServerApp } from "../dist/index.js";
import { requireApiKey as forNext } from "../dist/next.js";
import { answers, failure, SECRET, success } from "./kit.js";

const OWNER = { type: "user", id: "usr_1", external_id: null, name: "Maya" };
const VALID = verdict({ valid: true, code: "valid" });
const closing = [];
after(() => {
  for (const server of closing) server.close();
});

function verdict(more) {
  return {
    revoked_reason: null,
    key: null,
    owner: OWNER,
    missing_scopes: [],
    retry_after_ms: null,
    credits_remaining: null,
    rate_limits: [],
    ...more,
  };
}

/** Each framework as one function from a request to a response; the route answers the id of the owner. */
const FRAMEWORKS = {
  async express(app, options) {
    const server = express();
    const router = express.Router();
    router.get("/invoices/:id", forExpress(app, options), (request, response) => {
      response.json({ owner: request.keystead.owner.id });
    });
    server.use("/v1", router);
    const listening = createServer(server).listen(0, "127.0.0.1");
    closing.push(listening);
    await once(listening, "listening");
    return (path, init) => fetch(`http://127.0.0.1:${listening.address().port}${path}`, init);
  },
  hono(app, { ip, ...options }) {
    const api = new Hono();
    api.use("/v1/*", forHono(app, { ...options, ...(ip && { ip: (c) => ip(c.req.raw) }) }));
    api.get("/v1/invoices/:id", (c) => c.json({ owner: c.get("keystead").owner.id }));
    return (path, init) => api.request(path, init);
  },
  next(app, options) {
    const GET = forNext(app, options, async (_request, { owner }, { params }) => {
      assert.deepEqual(await params, { id: "7" });
      return Response.json({ owner: owner.id });
    });
    return (path, init) =>
      GET(new Request(`https://api.example.com${path}`, init), { params: Promise.resolve({ id: "7" }) });
  },
};

const bearer = (key) => ({ Authorization: `Bearer ${key}` });

for (const [name, framework] of Object.entries(FRAMEWORKS)) {
  async function call(answer, headers = bearer(SECRET), options = {}) {
    const { fetch, asked } = answers(answer);
    const app = new KeysteadServerApp({ baseUrl: "https://k.example", secretKey: "backend", fetch, retries: 0 });
    const ask = await framework(app, options);
    const response = await ask("/v1/invoices/7?secret=1", { headers });
    return { response, body: await response.json(), asked: asked.map(({ body }) => JSON.parse(body)) };
  }

  test(`${name}: a valid key goes through, and the verdict is where the handler looks`, async () => {
    const options = { scopes: ["invoices:read"], cost: 2, ip: () => "203.0.113.9" };
    const headers = { ...bearer(SECRET), Referer: "https://app.example.com/x" };
    const { response, body, asked } = await call(success(VALID), headers, options);
    assert.equal(response.status, 200);
    assert.deepEqual(body, { owner: "usr_1" });
    assert.deepEqual(asked, [
      {
        key: SECRET,
        scopes: ["invoices:read"],
        cost: 2,
        method: "GET",
        path: "/v1/invoices/7",
        ip: "203.0.113.9",
        referrer: "https://app.example.com/x",
      },
    ]);
  });

  test(`${name}: X-API-Key does as well, and two different keys are refused without asking`, async () => {
    const same = await call(success(VALID), { "X-API-Key": SECRET, ...bearer(SECRET) });
    assert.equal(same.response.status, 200);
    const two = await call(success(VALID), { "X-API-Key": "another", ...bearer(SECRET) });
    assert.equal(two.response.status, 400);
    assert.equal(two.body.error.code, "invalid");
    assert.deepEqual(two.asked, []);
  });

  test(`${name}: without a key nobody is asked, and the caller learns how to send one`, async () => {
    for (const headers of [{}, { Authorization: "Bearer " }, { Authorization: "Basic eDp5" }]) {
      const { response, body, asked } = await call(success(VALID), headers);
      assert.equal(response.status, 401);
      assert.equal(response.headers.get("www-authenticate"), "Bearer");
      assert.equal(body.error.code, "unauthenticated");
      assert.match(body.error.message, /Authorization: Bearer/);
      assert.deepEqual(asked, []);
    }
  });

  test(`${name}: each refusal has its status, and a key that is not good says no more than that`, async () => {
    const cases = [
      ["malformed", 401, "unauthenticated"],
      ["revoked", 401, "unauthenticated"],
      ["expired", 401, "unauthenticated"],
      ["wrong_environment", 401, "unauthenticated"],
      ["a_code_of_tomorrow", 401, "unauthenticated"],
      ["insufficient_scope", 403, "insufficient_scope"],
      ["ip_denied", 403, "ip_denied"],
      ["endpoint_denied", 403, "endpoint_denied"],
      ["rate_limited", 429, "rate_limited"],
      ["credits_exhausted", 429, "credits_exhausted"],
    ];
    for (const [code, status, told] of cases) {
      const more = { ...(code === "rate_limited" && { retry_after_ms: 1_200 }), missing_scopes: ["invoices:write"] };
      const { response, body } = await call(success(verdict({ valid: false, code, ...more })));
      assert.deepEqual([response.status, body.error.code], [status, told], code);
      assert.match(body.error.message, /^[A-Z].+\.$/);
      assert.ok(!JSON.stringify(body).includes(SECRET));
      assert.equal(response.headers.get("retry-after"), code === "rate_limited" ? "2" : null);
      assert.equal(response.headers.get("cache-control"), "no-store");
      if (code === "insufficient_scope") {
        const challenge = 'Bearer error="insufficient_scope", scope="invoices:write"';
        assert.equal(response.headers.get("www-authenticate"), challenge);
      }
    }
  });

  test(`${name}: where nobody can say, nobody is let in, and the host is told why`, async () => {
    const failures = [
      () => Promise.reject(new TypeError("fetch failed")),
      failure(503, "unavailable"),
      failure(401, "unauthenticated"),
      new Response("<html>", { status: 200 }),
      success({ ...VALID, valid: "true" }),
      success(null),
    ];
    for (const answer of failures) {
      const told = [];
      const { response, body } = await call(answer, bearer(SECRET), { onError: (error) => told.push(error) });
      assert.notEqual(response.status, 200);
      if (response.status === 401) continue;
      assert.deepEqual([response.status, body.error.code], [503, "unavailable"]);
      assert.equal(response.headers.get("retry-after"), "1");
      assert.equal(told.length, 1);
      assert.ok(!(told[0] instanceof ApiError && told[0].message.includes(SECRET)));
    }
  });

  test(`${name}: what is longer than any key is no question`, async () => {
    const { response, asked } = await call(success(VALID), bearer("k".repeat(5000)));
    assert.equal(response.status, 401);
    assert.deepEqual(asked, []);
  });
}
