// One request: what is sent, what is tried again, when it gives up, and what it says then. Time stands still but where a test moves it.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { ApiError, KeysteadServerApp } from "../dist/index.js";
import { answers, failure, json, lost, SECRET, silence, success, WIRE_KEY, WIRE_USER } from "./kit.js";

const BASE = "https://keys.example.com";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => mock.timers.reset());

function app(fetch, more = {}) {
  return new KeysteadServerApp({ baseUrl: `${BASE}/`, secretKey: `${SECRET}\n`, fetch, ...more });
}

/** Lets what waits for nothing but promises go on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Goes on with the clock until there is an outcome. */
async function outlast(promise, step_ms = 1_000) {
  let over = false;
  const outcome = promise.then(
    (result) => ({ result }),
    (error) => ({ error }),
  );
  outcome.then(() => {
    over = true;
  });
  for (let waited_ms = 0; !over; waited_ms += step_ms) {
    assert.ok(waited_ms <= 120_000, "still waiting after two minutes");
    await turn();
    if (!over) mock.timers.tick(step_ms);
  }
  return outcome;
}

test("the credential goes with each request, and to no other place", async () => {
  const { fetch, asked } = answers(success(WIRE_USER));
  await app(fetch).getUser("usr_1/../x?");
  assert.equal(asked[0].url, `${BASE}/v1/users/usr_1%2F..%2Fx%3F`);
  assert.equal(asked[0].headers.Authorization, `Bearer ${SECRET}`);
  assert.equal(asked[0].redirect, "error");
});

test("a missing address or key is named at once", () => {
  assert.throws(() => new KeysteadServerApp({ secretKey: SECRET }), /baseUrl is missing/);
  assert.throws(() => new KeysteadServerApp({ baseUrl: BASE, secretKey: undefined }), /secretKey is missing/);
  assert.throws(
    () => new KeysteadServerApp({ baseUrl: BASE, secretKey: "a\nb" }),
    (error) => !error.message.includes("a\nb"),
  );
});

test("a failure says everything that the server said", async () => {
  const field = "/expires_at";
  const { fetch } = answers(
    failure(422, "unprocessable", { message: "choose a later time", field, request_id: "req_7" }),
  );
  const { error } = await outlast(app(fetch).createUser({ externalId: "x" }));
  assert.ok(error instanceof ApiError && error instanceof Error);
  assert.deepEqual(
    { ...error, message: error.message },
    {
      name: "ApiError",
      status: 422,
      code: "unprocessable",
      message: "choose a later time",
      field,
      requestId: "req_7",
      retryAfter: null,
      keyId: null,
    },
  );
});

test("what a proxy answers is told from an answer of the server", async () => {
  for (const answer of [new Response("<h1>Bad gateway</h1>", { status: 502 }), json({ hello: 1 }), new Response("")]) {
    const { error } = await outlast(app(answers(answer).fetch).verifyApiKey({ apiKey: "x" }));
    assert.equal(error.code, "not_keystead");
    assert.doesNotMatch(error.message, /gateway</);
  }
});

test("429 and 503 are tried again after the time that the server names", async () => {
  for (const [status, code] of [
    [429, "rate_limited"],
    [503, "unavailable"],
  ]) {
    const { fetch, asked } = answers(failure(status, code, { headers: { "Retry-After": "7" } }), success(WIRE_USER));
    const answer = app(fetch).createUser({ externalId: "x" });
    await turn();
    mock.timers.tick(6_999);
    await turn();
    assert.equal(asked.length, 1, "it came back too early");
    mock.timers.tick(1);
    assert.equal((await answer).id, WIRE_USER.id);
    assert.equal(asked.length, 2);
  }
});

test("a server that wants more patience than anybody has gets an error instead, with the time in it", async () => {
  const { fetch, asked } = answers(failure(429, "rate_limited", { headers: { "Retry-After": "3600" } }));
  const { error } = await outlast(app(fetch).getUser("usr_1"));
  assert.equal(error.retryAfter, 3600);
  assert.equal(asked.length, 1);
});

test("a date in Retry-After is understood", async () => {
  const date = new Date(Date.now() + 90_000).toUTCString();
  const { error } = await outlast(
    app(answers(failure(503, "unavailable", { headers: { "Retry-After": date } })).fetch).getUser("x"),
  );
  assert.equal(error.retryAfter, 90);
});

test("it gives up after two more attempts, or after as many as asked for", async () => {
  for (const [retries, attempts] of [
    [undefined, 3],
    [0, 1],
  ]) {
    const { fetch, asked } = answers(failure(503, "unavailable"));
    const { error } = await outlast(app(fetch, { retries }).getUser("usr_1"));
    assert.equal(error.status, 503);
    assert.equal(asked.length, attempts);
  }
});

test("what a lost connection may have done is not done twice", async () => {
  const user = async (fetch) => app(fetch).getUser("usr_1");
  const read = answers(lost, success(WIRE_USER));
  assert.ok((await outlast(user(read.fetch))).result);
  const verify = answers(lost, success({}));
  assert.equal((await outlast(app(verify.fetch).verifyApiKey({ apiKey: "x" }))).error.code, "network");
  assert.equal(verify.asked.length, 1, "a verification may have cost something");
  const create = answers(success(WIRE_USER), lost, success({ ...WIRE_KEY, secret: SECRET }));
  const owner = await user(create.fetch);
  assert.equal((await outlast(owner.createApiKey({ description: "x", expiresAt: null }))).result.value, SECRET);
  const [, first, second] = create.asked.map(({ headers }) => headers["Idempotency-Key"]);
  assert.match(first, /^[\x21-\x7e]{16,255}$/);
  assert.equal(second, first);
});

test("a secret that was lost with its connection is told as that, with the key it belongs to", async () => {
  const message = `use what it made, or rotate it (${WIRE_KEY.id})`;
  const { fetch } = answers(success(WIRE_USER), lost, failure(409, "conflict", { message }));
  const owner = await app(fetch).getUser("usr_1");
  const { error } = await outlast(owner.createApiKey({ description: "x", expiresAt: null }));
  assert.deepEqual([error.status, error.code, error.keyId], [409, "secret_lost", WIRE_KEY.id]);
});

test("another creation has another name", async () => {
  const { fetch, asked } = answers(success(WIRE_USER));
  await app(fetch).createUser({ externalId: "x" });
  await app(fetch).createUser({ externalId: "x" });
  assert.notEqual(asked[0].headers["Idempotency-Key"], asked[1].headers["Idempotency-Key"]);
});

test("an answer that does not come in time is a timeout, and is not waited for", async () => {
  const { fetch, asked } = answers(silence);
  const { error } = await outlast(app(fetch, { timeoutMs: 2_000, retries: 1 }).getUser("usr_1"), 500);
  assert.deepEqual([error.status, error.code], [0, "timeout"]);
  assert.equal(asked.length, 2);
});

test("an answer whose body does not end is a timeout, too", async () => {
  const { fetch } = answers(async (_url, { signal }) => {
    const body = new ReadableStream({
      start: (end) => signal.addEventListener("abort", () => end.error(signal.reason)),
    });
    return new Response(body, { status: 200 });
  });
  const { error } = await outlast(app(fetch, { timeoutMs: 2_000, retries: 0 }).getUser("usr_1"), 500);
  assert.equal(error.code, "timeout");
});

test("whoever calls a request off gets their own reason, while it runs and while it waits", async () => {
  const reason = new Error("the page was left");
  for (const answer of [silence, failure(503, "unavailable", { headers: { "Retry-After": "10" } })]) {
    const control = new AbortController();
    const { fetch, asked } = answers(answer);
    const asking = app(fetch).getUser("usr_1", { signal: control.signal });
    await turn();
    control.abort(reason);
    await assert.rejects(asking, (error) => error === reason);
    assert.equal(asked.length, 1);
  }
  await assert.rejects(
    app(answers(success(WIRE_USER)).fetch).getUser("x", { signal: AbortSignal.abort(reason) }),
    reason,
  );
});

test("all pages of a list are fetched, each once", async () => {
  const { fetch, asked } = answers(
    success(WIRE_USER),
    success([WIRE_KEY], { next_cursor: "two" }),
    success([WIRE_KEY], { next_cursor: null }),
  );
  const owner = await app(fetch).getUser("usr_1");
  assert.equal((await owner.listApiKeys({ status: "active" })).length, 2);
  const [, first, second] = asked.map(({ url }) => new URL(url).search);
  assert.deepEqual([first, second], ["?status=active&limit=200", "?status=active&limit=200&cursor=two"]);
});
