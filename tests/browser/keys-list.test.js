// The list of keys on the panel: long, searched, sorted, of all owners; and what it says when it cannot be had.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, person, picture, serve } from "./kit.js";

const MANY = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = DAY_MS / 24;
let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

const row = (page, name) => page.getByRole("row").filter({ hasText: name });
const names = (page) => page.locator("tbody .ks-name").allTextContents();
const press = (on, name) => on.getByRole("button", { name, exact: true }).first().click();
const ahead = (ms) => new Date(Date.now() + ms).toISOString();

// A server with an admin in a browser, and a way to make keys of theirs.
async function start(options) {
  const server = await serve(options);
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const [maya] = await call("GET", "/v1/users");
  const key = (description, more = {}) =>
    call("POST", `/v1/users/${maya.id}/api-keys`, { description, expires_at: null, ...more });
  const open = async (path = "/keys") => {
    await page.goto(server.url + path);
    await page.getByRole("table").waitFor();
  };
  return { server, page, call, maya, key, open };
}

// Keys of another system, by their hashes.
async function fill(server, owner, count) {
  const line = (at) => ({
    hash: createHash("sha256").update(`of another system: ${at}`).digest("hex"),
    algorithm: "sha256",
    encoding: "hex",
    prefix: "acme_",
    last_four: String(at).padStart(4, "0"),
    name: `service ${String(at).padStart(5, "0")}`,
    owner: { type: "user", id: owner },
    created_at: new Date(Date.now() - at * HOUR_MS).toISOString(),
  });
  const body = Array.from({ length: count }, (_, at) => JSON.stringify(line(at))).join("\n");
  const headers = { Authorization: `Bearer ${server.token()}`, "Content-Type": "application/x-ndjson" };
  const answer = await fetch(`${server.url}/v1/api-keys/import`, { method: "POST", headers, body });
  const report = (await answer.text()).trim().split("\n").pop();
  assert.equal(JSON.parse(report).imported, count);
}

test("ten thousand keys are scrolled through, and jumped through, without a blank row", async () => {
  const { server, page, maya, open } = await start();
  await fill(server, maya.id, MANY);
  await open();
  await page.getByText("200+ keys").waitFor();
  // As far as a finger on a wheel goes in a frame; where the next page is on its way, the last row waits for it.
  const blank = await page.evaluate(async () => {
    const box = document.querySelector(".ks-scroll");
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let blank = 0;
    const look = () => {
      const { left, top, width, height } = box.getBoundingClientRect();
      for (const at of [0.15, 0.5, 0.85]) {
        const found = document.elementFromPoint(left + width / 4, top + 40 + (height - 60) * at);
        if (!found?.closest(".ks-key, .ks-loading")) blank += 1;
      }
    };
    while (!document.querySelector(".ks-foot")?.textContent?.startsWith("10000 keys")) {
      box.scrollTop += 900;
      await frame();
      look();
    }
    for (let at = 1; at <= 50; at += 1) {
      box.scrollTop = ((at * 7919) % 10007) * (box.scrollHeight / 10007);
      await frame();
      look();
    }
    return blank;
  });
  assert.equal(blank, 0);
  assert.ok((await page.getByRole("row").count()) < 100);
  const place = () => page.evaluate(() => document.querySelector(".ks-scroll").scrollTop);
  await page.evaluate(() => {
    document.querySelector(".ks-scroll").scrollTop = 200_000;
  });
  const before = await place();
  const box = await page.locator(".ks-scroll").boundingBox();
  await page.mouse.click(box.x + 200, box.y + box.height / 2);
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await place(), before);
  await page.getByLabel("Search keys").fill("service 0004");
  await page.getByText("10 keys", { exact: true }).waitFor();
  await page.getByLabel("Search keys").fill("9999");
  await row(page, "acme_•••9999").waitFor();
  await page.getByText("1 key", { exact: true }).waitFor();
  await page.getByLabel("Search keys").fill("nowhere");
  await page.getByText("No key matches").waitFor();
  await accessible(page, "keys, none found");
  await picture(page, "keys-not-found");
  await press(page, "Clear filters");
  // Newest first is as they came here, whatever another system says.
  await page.getByText("service 09999").waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("each state has its badge, filters are the server's, and names are text whatever is in them", async () => {
  const { server, page, call, key, open } = await start();
  const nasty = "<img src=x onerror=alert(1)>\"'<script>alert(2)</script>";
  await key(nasty);
  await key("مفتاح · checkout");
  await key("x".repeat(200));
  await key("expires soon", { expires_at: ahead(6.5 * DAY_MS) });
  await key("for tests", { environment: "test" });
  const off = await key("switched off");
  await call("PATCH", `/v1/api-keys/${off.id}`, { enabled: false });
  const leaked = await key("in a gist");
  await call("POST", "/v1/leaks", { reports: [{ key: leaked.secret, exposure: "public", place: { path: "a" } }] });
  await open();
  page.on("dialog", () => page.complaints.push("a name was run"));
  await row(page, nasty).getByText("Active").waitFor();
  await row(page, "expires soon").getByText("Expires in 6 d").waitFor();
  await row(page, "switched off").getByText("Disabled").waitFor();
  await row(page, "in a gist").getByText("Leaked").waitFor();
  await row(page, "for tests").getByText("sk_test_•••").waitFor();
  await accessible(page, "keys");
  await picture(page, "keys");
  for (const width of [320, 600, 760, 1000, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => {
      const box = document.querySelector(".ks-scroll");
      const root = document.documentElement;
      return [root.scrollWidth - root.clientWidth, box.scrollWidth - box.clientWidth];
    });
    assert.deepEqual(wide, [0, 0], `${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await press(page, `Actions for ${nasty}`);
  await accessible(page, "keys, menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: nasty, exact: true }).click();
  await page.getByRole("dialog", { name: nasty }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("Status", { exact: true }).selectOption("disabled");
  await page.getByText("1 key", { exact: true }).waitFor();
  assert.deepEqual(await names(page), ["switched off"]);
  await page.getByLabel("Status", { exact: true }).selectOption("");
  await page.getByLabel("Environment", { exact: true }).selectOption("test");
  await page.getByText("1 key", { exact: true }).waitFor();
  assert.deepEqual(await names(page), ["for tests"]);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("headers sort the list, and say which way; cards are sorted by a choice", async () => {
  const { server, page, key, open } = await start();
  for (const [name, days] of [
    ["berry", 3],
    ["apple", 9],
    ["cherry", 1],
  ])
    await key(name, { expires_at: ahead(days * DAY_MS) });
  await open();
  const head = (name) => page.getByRole("columnheader", { name });
  const sorted = async (name, way, expected) => {
    await head(name).getByRole("button").click();
    await page.locator(`th[aria-sort=${way}]`, { hasText: name }).waitFor();
    await page.waitForFunction(
      (expected) => [...document.querySelectorAll("tbody .ks-name")].map((one) => one.textContent).join() === expected,
      expected.join(),
    );
  };
  assert.equal(await head("Created").getAttribute("aria-sort"), "descending");
  assert.deepEqual(await names(page), ["cherry", "apple", "berry"]);
  await sorted("Description", "ascending", ["apple", "berry", "cherry"]);
  await sorted("Description", "descending", ["cherry", "berry", "apple"]);
  await sorted("Created", "descending", ["cherry", "apple", "berry"]);
  await sorted("Created", "ascending", ["berry", "apple", "cherry"]);
  // Cards have no headers.
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByLabel("Sort", { exact: true }).selectOption("expires_at");
  await page.waitForFunction(() => document.querySelector("tbody .ks-name")?.textContent === "cherry");
  assert.deepEqual(await names(page), ["cherry", "berry", "apple"]);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("an admin sees the keys of all owners, and then those of one", async () => {
  const { server, page, call, key, open } = await start();
  await key("mine");
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  await call("POST", `/v1/teams/${team.id}/api-keys`, { description: "theirs", expires_at: null });
  await open("/keys?owner=all");
  await row(page, "mine").getByText("Maya").waitFor();
  await row(page, "theirs").getByText("Acme").waitFor();
  await accessible(page, "keys of all");
  await picture(page, "keys-all");
  await press(page, "Actions for theirs");
  await page.getByRole("menuitem", { name: "Only keys of this owner" }).click();
  await page.getByText("Keys of Acme").waitFor();
  await row(page, "mine").waitFor({ state: "detached" });
  await press(page, "Show all owners");
  await row(page, "mine").waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("the drawer tells everything about a key: its use, its bounds, its history", async () => {
  const { server, page, call, key, open } = await start();
  const full = await key("production · checkout", {
    expires_at: ahead(200 * DAY_MS),
    scopes: ["invoices:read"],
    restrictions: { ips: ["10.0.0.0/8"], endpoints: ["GET /v1/invoices/*"] },
    rate_limits: [{ name: "default", limit: 100, window_s: 60 }],
    credits: { remaining: 1000, refill: { amount: 1000, every: "month", day: 1 } },
  });
  const use = (ip) =>
    call("POST", "/v1/api-keys/verify", { key: full.secret, ip, method: "GET", path: "/v1/invoices/7" });
  for (const ip of ["10.0.0.1", "10.0.0.2", "11.0.0.1"]) await use(ip);
  await call("POST", `/v1/api-keys/${full.id}/rotate`, { grace_s: 86_400 });
  await open();
  await page.getByRole("button", { name: "production · checkout", exact: true }).press("Enter");
  const drawer = page.getByRole("dialog", { name: "production · checkout" });
  await drawer.getByText(/^3 uses, 1 refused; most on/).waitFor();
  for (const text of ["invoices:read", "10.0.0.0/8", "GET /v1/invoices/*", "default: 100 per minute", "998 left"])
    await drawer.getByText(text).waitFor();
  await drawer.getByText(`•••${full.last_four}`).waitFor();
  await drawer.getByRole("listitem").filter({ hasText: "Rotated" }).waitFor();
  await drawer.getByRole("listitem").filter({ hasText: "Created" }).waitFor();
  await accessible(page, "key, drawer");
  await picture(page, "keys-drawer");
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "production · checkout");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("offline and failed answers are told, what was there stays, and comes back by itself or by a press", async () => {
  const { server, page, key, open } = await start();
  await key("laptop");
  await open();
  await row(page, "laptop").waitFor();
  await page.context().setOffline(true);
  await page.getByText("You are offline.").first().waitFor();
  await row(page, "laptop").waitFor();
  await accessible(page, "keys, offline");
  await picture(page, "keys-offline");
  await page.context().setOffline(false);
  await page.getByText("You are offline.").first().waitFor({ state: "detached" });
  const failing = {
    status: 500,
    json: {
      success: false,
      error: { code: "internal", message: "something went wrong here: try again", field: null, request_id: "req_1" },
    },
  };
  const lists = (url) => url.pathname.endsWith("/api-keys");
  await page.route(lists, (route) => route.fulfill(failing));
  await page.reload();
  await page.getByText("Something went wrong here: try again.").waitFor();
  await page.getByText("Request req_1").waitFor();
  await accessible(page, "keys, failed");
  await picture(page, "keys-failed");
  await page.unroute(lists);
  await press(page, "Try again");
  await row(page, "laptop").waitFor();
  await page.getByText("Something went wrong here").waitFor({ state: "detached" });
  // An answer that never comes does not lose what was typed.
  await press(page, "Create key");
  await page.getByLabel("Description").fill("typed with care");
  await page.getByLabel("Expires").selectOption("never");
  await page.route(lists, (route) => (route.request().method() === "POST" ? route.fulfill(failing) : route.fallback()));
  await press(page.getByRole("dialog"), "Create key");
  await page.getByRole("dialog").getByText("Something went wrong here: try again.").waitFor();
  assert.equal(await page.getByLabel("Description").inputValue(), "typed with care");
  // Chromium tells of each answer that is a failure, and of each request that the network refused.
  const told = /status of 500|ERR_INTERNET_DISCONNECTED/;
  assert.deepEqual(page.complaints.filter((text) => !told.test(text)), []);
  await server.stop();
});

test("a key that reaches its end while the page is open is shown as expired, and no longer verifies", async () => {
  const { server, page, call, key, open } = await start({ bin: process.env.KEYSTEAD_CLOCK_BIN });
  await page.clock.install();
  const short = await key("short", { expires_at: ahead(2 * HOUR_MS) });
  await open();
  await row(page, "short").getByText(/Expires in (1|2) h/).waitFor();
  const file = join(server.dir, "test-clock");
  writeFileSync(`${file}.new`, String(3 * HOUR_MS));
  renameSync(`${file}.new`, file);
  await page.clock.fastForward(3 * HOUR_MS);
  await row(page, "short").getByText("Expired").waitFor();
  assert.equal((await call("POST", "/v1/api-keys/verify", { key: short.secret })).code, "expired");
  await press(page, "Actions for short");
  await page.getByRole("menuitem", { name: "Rotate" }).click();
  await page.getByText("This key has expired. Choose a new expiry").waitFor();
  await press(page.getByRole("dialog"), "Rotate key");
  await page.getByText("Choose when the key expires.").waitFor();
  await picture(page, "keys-rotate-expired");
  await page.getByLabel("Expires").selectOption("30");
  await press(page.getByRole("dialog"), "Rotate key");
  const secret = await page.getByRole("dialog").locator("code").first().textContent();
  assert.equal((await call("POST", "/v1/api-keys/verify", { key: secret })).code, "valid");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("the keyboard finds the search and the form, not where one writes, and can be kept from it", async () => {
  const { server, page, key, open } = await start();
  await key("laptop");
  await open();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Search keys");
  await page.keyboard.type("c/c");
  assert.equal(await page.getByLabel("Search keys").inputValue(), "c/c");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.getByLabel("Search keys").fill("");
  await page.getByRole("button", { name: "laptop", exact: true }).focus();
  await page.keyboard.press("c");
  await page.getByRole("dialog", { name: "Create API key" }).waitFor();
  await page.keyboard.press("Escape");
  await press(page, "Turn shortcuts off");
  await page.reload();
  await row(page, "laptop").waitFor();
  await page.keyboard.press("c");
  await page.getByRole("button", { name: "Turn shortcuts on" }).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});
