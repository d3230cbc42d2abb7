// The life of a key on the panel: made, shown once, rotated, switched, revoked; and what becomes of its secret.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, member, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

const press = (on, name) => on.getByRole("button", { name, exact: true }).first().click();
const dialogOf = (page) => page.getByRole("dialog");

async function opened(server, page) {
  await page.goto(`${server.url}/keys`);
  await page.getByRole("region", { name: "API keys" }).waitFor();
}

// Fills the form that is open and sends it; answers the secret that is shown then.
async function make(page, description, fill = async () => {}) {
  const dialog = dialogOf(page);
  await dialog.getByLabel("Description").fill(description);
  await dialog.getByLabel("Expires").selectOption("90");
  await fill(dialog);
  await press(dialog, "Create key");
  return shown(page);
}

async function shown(page) {
  await dialogOf(page).getByText("Shown once: copy it now or it's gone for good.").waitFor();
  return dialogOf(page).locator("code").first().textContent();
}

async function stored(page) {
  await dialogOf(page).getByLabel("I have stored it").check();
  await press(dialogOf(page), "Done");
  await dialogOf(page).waitFor({ state: "detached" });
}

async function pick(page, name, action) {
  await press(page, `Actions for ${name}`);
  await page.getByRole("menuitem", { name: action }).click();
}

const row = (page, name) => page.getByRole("row").filter({ hasText: name });

async function start(options) {
  const server = await serve(options);
  const page = await person(browser);
  await admin(server, page);
  await opened(server, page);
  return { server, page, call: backend(server) };
}

async function end(server, page) {
  assert.deepEqual(page.complaints, []);
  assert.deepEqual([...page.origins], [server.url]);
  await server.stop();
}

test("from an empty list to the first key, which verifies", async () => {
  const { server, page, call } = await start();
  await page.getByText("No API keys yet").waitFor();
  await accessible(page, "no keys");
  await picture(page, "keys-none");
  await page.keyboard.press("c");
  const dialog = dialogOf(page);
  assert.equal(await dialog.getByLabel("Description").evaluate((field) => field === document.activeElement), true);
  await press(dialog, "Create key");
  await dialog.getByText("Say what the key is for").waitFor();
  await dialog.getByText("Choose when the key expires.").waitFor();
  await accessible(page, "key, not filled in");
  await picture(page, "keys-create");
  const secret = await make(page, "laptop", async () => {
    const day = await page.evaluate(() =>
      new Date(Date.now() + 90 * 864e5).toLocaleDateString(undefined, { dateStyle: "medium" }),
    );
    await dialog.getByText(`Expires ${day}`).waitFor();
    await dialog.getByText("Advanced").click();
    await dialog.getByLabel("IP addresses").fill("10.0.0.0/8\nnonsense");
    await press(dialog, "Create key");
    await dialog.getByText("Must be an IPv4 or IPv6 address").waitFor();
    const field = dialog.getByLabel("IP addresses");
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.equal(await field.evaluate((field) => field === document.activeElement), true);
    assert.equal(await dialog.getByLabel("Description").inputValue(), "laptop");
    await accessible(page, "key, refused");
    await picture(page, "keys-create-refused");
    await field.fill("10.0.0.0/8");
    await dialog.getByLabel("Scopes").fill("invoices:read\ninvoices:write");
    await press(dialog, "Add a rate limit");
    await dialog.getByLabel("Uses").fill("100");
    await dialog.getByLabel("Credits").fill("5");
  });
  assert.match(secret, /^sk_live_[0-9A-Za-z]{49}$/);
  await accessible(page, "key, shown once");
  await stored(page);
  await row(page, "laptop").getByText("Active").waitFor();
  await row(page, "laptop").getByText(`sk_live_•••${secret.slice(-4)}`).waitFor();
  const verdict = await call("POST", "/v1/api-keys/verify", { key: secret, ip: "10.1.2.3", scopes: ["invoices:read"] });
  assert.equal(verdict.code, "valid");
  assert.equal(verdict.credits_remaining, 4);
  assert.equal((await call("POST", "/v1/api-keys/verify", { key: secret, ip: "11.1.2.3" })).code, "ip_denied");
  await end(server, page);
});

test("a secret is copied from its first view, and is nowhere after that", async () => {
  const { server, page } = await start();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await press(page, "Create key");
  const secret = await make(page, "laptop");
  // What the server says from here on, and what it is asked.
  const talk = [];
  page.on("request", (request) => talk.push(request.url(), request.postData() ?? ""));
  page.on("response", async (response) => talk.push(await response.text().catch(() => "")));
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await press(page, "Copy API key");
  await page.getByText("Copied").waitFor();
  assert.equal(await copied(), secret);
  await press(page, "Copy Line for .env");
  await page.getByText("Copied").nth(1).waitFor();
  assert.equal(await copied(), `API_KEY=${secret}`);
  await stored(page);
  const places = () =>
    page.evaluate(async () => [
      document.documentElement.outerHTML,
      ...[...document.querySelectorAll("input, textarea")].map((field) => field.value),
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      JSON.stringify(await indexedDB.databases()),
      JSON.stringify(await caches.keys()),
      JSON.stringify(history.state),
      document.cookie,
      location.href,
      document.title,
    ]);
  const nowhere = async (when) => {
    for (const text of [...(await places()), ...talk]) assert.ok(!text.includes(secret), `the secret is somewhere ${when}`);
  };
  await row(page, "laptop").waitFor();
  await nowhere("after its dialog was closed");
  await row(page, "laptop").getByRole("button", { name: "laptop" }).first().click();
  await dialogOf(page).getByText("Created", { exact: true }).first().waitFor();
  await nowhere("in the drawer");
  await page.reload();
  await row(page, "laptop").waitFor();
  await nowhere("after a reload");
  assert.ok(talk.some((text) => text.includes("laptop")));
  await end(server, page);
});

test("the page holds no reference to a secret once its dialog is closed", async () => {
  const { server, page } = await start();
  await press(page, "Create key");
  const secret = await make(page, "laptop");
  const held = async () => {
    const session = await page.context().newCDPSession(page);
    let found = false;
    let end = "";
    session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => {
      found ||= (end + chunk).includes(secret);
      end = chunk.slice(-secret.length);
    });
    await session.send("HeapProfiler.takeHeapSnapshot", { captureNumericValue: false });
    await session.detach();
    return found;
  };
  assert.ok(await held(), "it is looked for in the right place");
  await stored(page);
  await row(page, "laptop").waitFor();
  assert.ok(!(await held()));
  await end(server, page);
});

test("nothing leads away from a key that is shown once until it is stored", async () => {
  const { server, page } = await start();
  await press(page, "Create key");
  const secret = await make(page, "laptop");
  const dialog = dialogOf(page);
  const stays = async () => {
    await dialog.getByText("Tick “I have stored it” first").waitFor();
    assert.equal(await dialog.locator("code").first().textContent(), secret);
    assert.equal(await dialog.getByLabel("I have stored it").evaluate((box) => box === document.activeElement), true);
  };
  // It says that it is not to be pressed yet, and why, to those who do.
  assert.equal(await dialog.getByRole("button", { name: "Done" }).getAttribute("aria-disabled"), "true");
  await dialog.getByRole("button", { name: "Done" }).click({ force: true });
  await stays();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await stays();
  await page.mouse.click(5, 5);
  await stays();
  await page.goBack();
  await stays();
  await page.goBack();
  await stays();
  assert.equal(page.url(), `${server.url}/keys`);
  const asked = page.waitForEvent("dialog");
  const leaving = page.close({ runBeforeUnload: true });
  const question = await asked;
  assert.equal(question.type(), "beforeunload");
  await question.dismiss();
  await leaving;
  await picture(page, "keys-shown-once");
  await stored(page);
  await row(page, "laptop").waitFor();
  // Nothing is left of it in the way back either.
  await page.goBack();
  assert.notEqual(page.url(), `${server.url}/keys`);
  await end(server, page);
});

test("a revoked key is told by name, fails on the next call, and stays in the list as revoked", async () => {
  const { server, page, call } = await start();
  await press(page, "Create key");
  const secret = await make(page, "laptop");
  await stored(page);
  await pick(page, "laptop", "Revoke");
  const dialog = dialogOf(page);
  await dialog.getByRole("heading", { name: "Revoke “laptop”?" }).waitFor();
  await dialog.getByText(`Requests with sk_live_•••${secret.slice(-4)} fail from the next call on.`).waitFor();
  await accessible(page, "key, to be revoked");
  await picture(page, "keys-revoke");
  await press(dialog, "Revoke key");
  await row(page, "laptop").getByText("Revoked").waitFor();
  const verdict = await call("POST", "/v1/api-keys/verify", { key: secret });
  assert.deepEqual([verdict.code, verdict.revoked_reason], ["revoked", "manual"]);
  await press(page, "Actions for laptop");
  await page.getByRole("menuitem", { name: "Details" }).waitFor();
  assert.equal(await page.getByRole("menuitem").count(), 1);
  await end(server, page);
});

test("a key that somebody else has revoked meanwhile is said to be, calmly", async () => {
  const { server, page, call } = await start();
  const [maya] = await call("GET", "/v1/users");
  const key = await call("POST", `/v1/users/${maya.id}/api-keys`, { description: "shared", expires_at: null });
  await page.reload();
  await row(page, "shared").waitFor();
  await pick(page, "shared", "Revoke");
  await call("DELETE", `/v1/api-keys/${key.id}`).catch(() => {});
  await press(dialogOf(page), "Revoke key");
  await dialogOf(page).getByText("This key has already been revoked").waitFor();
  await press(dialogOf(page), "Close");
  await row(page, "shared").getByText("Revoked").waitFor();
  await end(server, page);
});

test("after a rotation with grace both secrets verify, and ending it with the next one leaves the newest", async () => {
  const { server, page, call } = await start();
  await press(page, "Create key");
  const first = await make(page, "laptop");
  await stored(page);
  const code = async (key) => (await call("POST", "/v1/api-keys/verify", { key })).code;
  await pick(page, "laptop", "Rotate");
  assert.ok(await dialogOf(page).getByLabel("In 24 hours").isChecked());
  await accessible(page, "key, to be rotated");
  await picture(page, "keys-rotate");
  await press(dialogOf(page), "Rotate key");
  const second = await shown(page);
  await dialogOf(page).getByText("The former secret works until").waitFor();
  await stored(page);
  assert.notEqual(first, second);
  assert.deepEqual([await code(first), await code(second)], ["valid", "valid"]);
  await pick(page, "laptop", "Rotate");
  await dialogOf(page).getByText(`An earlier secret, •••${first.slice(-4)}, still works until`).waitFor();
  await dialogOf(page).getByLabel("Now").check();
  await press(dialogOf(page), "Rotate key");
  const third = await shown(page);
  await dialogOf(page).getByText("The former secret has stopped working.").waitFor();
  await stored(page);
  assert.deepEqual([await code(first), await code(second), await code(third)], ["revoked", "revoked", "valid"]);
  await row(page, "laptop").getByText(`sk_live_•••${third.slice(-4)}`).waitFor();
  await end(server, page);
});

test("a key is switched off and on again, and edited without losing what was not touched", async () => {
  const { server, page, call } = await start();
  const [maya] = await call("GET", "/v1/users");
  const key = await call("POST", `/v1/users/${maya.id}/api-keys`, {
    description: "laptop",
    expires_at: null,
    scopes: ["a:read"],
    restrictions: { ips: ["10.0.0.1"] },
    rate_limits: [{ name: "default", limit: 7, window_s: 60, burst: 3 }],
    credits: { remaining: 9, refill: { amount: 9, every: "month", day: 31 } },
  });
  const now = () => call("GET", `/v1/api-keys/${key.id}`);
  await page.reload();
  await row(page, "laptop").waitFor();
  await pick(page, "laptop", "Disable");
  await accessible(page, "key, to be disabled");
  await press(dialogOf(page), "Disable key");
  await row(page, "laptop").getByText("Disabled").waitFor();
  assert.equal((await call("POST", "/v1/api-keys/verify", { key: key.secret })).code, "disabled");
  await pick(page, "laptop", "Enable");
  await press(dialogOf(page), "Enable key");
  await row(page, "laptop").getByText("Active").waitFor();
  const before = await now();
  await pick(page, "laptop", "Edit");
  await dialogOf(page).getByText("Advanced").click();
  await accessible(page, "key, edited");
  await picture(page, "keys-edit");
  await dialogOf(page).getByLabel("Description").fill("workstation");
  await press(dialogOf(page), "Save changes");
  await row(page, "workstation").waitFor();
  const renamed = await now();
  assert.deepEqual(renamed, { ...before, name: "workstation", description: "workstation" });
  await pick(page, "workstation", "Edit");
  await dialogOf(page).getByLabel("Expires").selectOption("date");
  await dialogOf(page).getByLabel("Expiry date").fill("2031-02-24");
  await dialogOf(page).getByText("Expires 24 Feb 2031").waitFor();
  await dialogOf(page).getByText("Advanced").click();
  await dialogOf(page).getByLabel("Endpoints").fill("GET /v1/invoices/*");
  await press(dialogOf(page), "Save changes");
  await dialogOf(page).waitFor({ state: "detached" });
  const changed = await now();
  assert.deepEqual(changed.restrictions, { ips: ["10.0.0.1"], referrers: [], endpoints: ["GET /v1/invoices/*"] });
  const there = await page.evaluate(() => new Date(2031, 1, 24, 23, 59, 59, 999).toISOString());
  assert.equal(changed.expires_at, there);
  await end(server, page);
});

test("what one tab does to a key, the other shows by itself, also while it asks about that key", async () => {
  const { server, page } = await start();
  await press(page, "Create key");
  await make(page, "laptop");
  await stored(page);
  const other = await page.context().newPage();
  await opened(server, other);
  await row(other, "laptop").getByText("Active").waitFor();
  await pick(other, "laptop", "Revoke");
  await pick(page, "laptop", "Revoke");
  await press(dialogOf(page), "Revoke key");
  await row(page, "laptop").getByText("Revoked").waitFor();
  await dialogOf(other).getByText("This key has already been revoked").waitFor();
  await press(dialogOf(other), "Close");
  await row(other, "laptop").getByText("Revoked").waitFor();
  await end(server, page);
});

test("a member makes only the keys that the operator lets them", async () => {
  const env = { KEYSTEAD_POLICY__LIVE_KEYS: "admins", KEYSTEAD_POLICY__MAX_LIFETIME_DAYS: "45" };
  const { server, page, call } = await start({ env });
  const noor = await person(browser);
  await member(server, noor, { name: "Noor", email: "noor@example.com" });
  await opened(server, noor);
  await press(noor, "Create key");
  const dialog = dialogOf(noor);
  assert.ok(await dialog.getByLabel(/^Live/).isDisabled());
  await dialog.getByText("Only administrators create live keys here.").waitFor();
  assert.deepEqual(await dialog.getByLabel("Expires").locator("option:not([disabled])").allTextContents(), [
    "In 30 days",
    "On a date…",
  ]);
  await dialog.getByText("Advanced").click();
  assert.equal(await dialog.getByLabel("Credits").count(), 0);
  assert.equal(await dialog.getByText("Add a rate limit").count(), 0);
  await dialog.getByLabel("Description").fill("mine");
  await dialog.getByLabel("Expires").selectOption("date");
  await dialog.getByLabel("Expiry date").fill("2031-01-01");
  await press(dialog, "Create key");
  await dialog.getByText(/45 days/).first().waitFor();
  assert.equal(await dialog.getByLabel("Expiry date").getAttribute("aria-invalid"), "true");
  await picture(noor, "keys-create-bound");
  await dialog.getByLabel("Expires").selectOption("30");
  await press(dialog, "Create key");
  assert.match(await shown(noor), /^sk_test_/);
  await stored(noor);
  await call("PATCH", "/v1/settings", { allow_user_api_keys: false });
  await noor.reload();
  await noor.getByText("Creating keys is switched off here.").waitFor();
  await row(noor, "mine").waitFor();
  assert.equal(await noor.getByRole("button", { name: "Create key" }).count(), 0);
  await accessible(noor, "keys, switched off");
  await picture(noor, "keys-switched-off");
  assert.deepEqual(noor.complaints, []);
  await end(server, page);
});
