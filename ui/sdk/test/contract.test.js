// The flows of tests/contract, from the SDK's side: each method sends the requests that stand there, and makes of the answers what stands
// there. A few milliseconds each; nothing is sent.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mock, test } from "node:test";
import { ApiError, KeysteadClientApp, KeysteadServerApp } from "../dist/index.js";

const FLOWS = join(import.meta.dirname, "../../../tests/contract");
const BEGINNING = Date.UTC(2027, 0, 15, 8);
const UNITS = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };
const PLACEHOLDER = /<([a-z_]+\??)(?::([^<>]+))?>/g;

for (const file of readdirSync(FLOWS).filter((name) => name.endsWith(".json"))) {
  const { flow, steps } = JSON.parse(readFileSync(join(FLOWS, file), "utf8"));
  test(`${file}: ${flow}`, async () => {
    mock.timers.enable({ apis: ["Date"], now: BEGINNING });
    try {
      const replay = new Replay();
      for (const [at, step] of steps.entries()) await replay.step(step, `${file}, step ${at + 1} (${step.says ?? ""})`);
    } finally {
      mock.timers.reset();
    }
  });
}

class Replay {
  kept = new Map();
  named = new Map();
  awaited = [];

  async step(step, where) {
    if (step.wait_s) return mock.timers.setTime(Date.now() + step.wait_s * 1000);
    if (!step.sdk) return;
    const { on, call, args = [], keep, gives, fails } = step.sdk;
    this.awaited = [...step.calls];
    const receiver = this.receiver(on, step.as);
    const outcome = await receiver[call](...args.map((arg) => this.given(arg))).then(
      (result) => ({ result }),
      (error) => ({ error }),
    );
    if (outcome.error?.cause instanceof assert.AssertionError) throw outcome.error.cause;
    assert.deepEqual(this.awaited, [], `${where}: these were not asked`);
    if (fails) {
      assert.ok(outcome.error instanceof ApiError, `${where}: ${outcome.error ?? "did not fail"}`);
      return this.like(outcome.error, fails, where);
    }
    if (outcome.error) throw outcome.error;
    if (gives !== undefined) this.like(outcome.result, gives, where);
    if (keep) this.kept.set(keep, outcome.result);
  }

  receiver(on, as) {
    const options = { baseUrl: "https://keys.example.com", fetch: (url, init) => this.answer(url, init), retries: 0 };
    if (on === "app") return new KeysteadServerApp({ ...options, secretKey: this.filled(as) });
    if (on === "page") return new KeysteadClientApp({ ...options, token: this.filled(as) });
    return this.kept.get(on);
  }

  /** Answers the next call of the step, if it is the one that is asked. */
  async answer(url, { method, headers, body }) {
    const { pathname, searchParams } = new URL(url);
    assert.ok(this.awaited.length > 0, `nothing more was to be asked, and ${method} ${pathname} was`);
    const { request, response } = this.awaited.shift();
    const sent = { method, path: decodeURIComponent(pathname), query: Object.fromEntries(searchParams) };
    if (body) sent.body = JSON.parse(body);
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      if (value.startsWith("<once:")) this.named.set(value, lower[name]);
      assert.equal(lower[name], this.filled(value), `${method} ${pathname}: ${name}`);
    }
    assert.equal(lower["idempotency-key"] === undefined, request.headers?.["idempotency-key"] === undefined, pathname);
    assert.match(lower.authorization, /^Bearer \S+$/);
    const { headers: _, ...asked } = request;
    assert.deepEqual(sent, this.filled({ query: {}, ...asked }));
    return new Response(JSON.stringify(this.filled(response.body)), {
      status: response.status,
      headers: response.headers,
    });
  }

  given(arg) {
    if (Array.isArray(arg)) return arg.map((item) => this.given(item));
    if (arg === null || typeof arg !== "object") return this.filled(arg);
    if (Object.keys(arg).join() === "date") return new Date(this.filled(arg.date));
    return Object.fromEntries(Object.entries(arg).map(([name, value]) => [name, this.given(value)]));
  }

  like(got, wanted, where) {
    if (wanted === null || typeof wanted !== "object") return assert.equal(got, this.filled(wanted), where);
    if (Object.keys(wanted).join() === "date") return assert.deepEqual(got, this.given(wanted), where);
    if (Array.isArray(wanted)) assert.equal(got.length, wanted.length, where);
    for (const [name, value] of Object.entries(wanted)) {
      const method = name.endsWith("()") && name.slice(0, -2);
      this.like(method ? got[method]() : got[name], value, `${where}: ${name}`);
    }
  }

  filled(value) {
    if (typeof value === "string") {
      if (value === "<time?>") return null;
      if (value === "<number>") return 1500;
      return value.replace(PLACEHOLDER, (whole, kind, name) => this.named.get(whole) ?? this.made(whole, kind, name));
    }
    if (Array.isArray(value)) return value.map((item) => this.filled(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.filled(item)]));
  }

  /** Something of that kind, and the same for the same name from now on. */
  made(whole, kind, name) {
    if (kind === "in") {
      const [, amount, unit] = /^(-?\d+)([smhd])$/.exec(name);
      return new Date(BEGINNING + amount * UNITS[unit]).toISOString();
    }
    if (kind === "end") return this.filled(`<secret:${name}>`).slice(-4);
    const number = String(this.named.size).padStart(4, "0");
    const some = {
      secret: `sk_live_${"S".repeat(45)}${number}`,
      token: `ptl_${"T".repeat(39)}${number}`,
      new: `new-${number}`,
      time: new Date(BEGINNING).toISOString(),
      request: `req_${number.repeat(4)}`,
      portal_url: `https://keys.example.com/portal/${"c".repeat(43)}`,
      backend: `sk_live_${"B".repeat(49)}`,
    };
    const value = some[kind] ?? `${kind}_${"0".repeat(22)}${number}`;
    this.named.set(whole, value);
    return value;
  }
}
