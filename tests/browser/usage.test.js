// Usage in the console: what was verified, as a chart, as a table and as a file; for admins of everybody, for others of themselves.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, member, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

// So many uses of a new key, and the last one refused.
async function use(call, path, times) {
  const { secret } = await call("POST", `${path}/api-keys`, { description: `used ${times} times`, expires_at: null });
  for (let n = 1; n < times; n += 1) await call("POST", "/v1/api-keys/verify", { key: secret });
  await call("POST", "/v1/api-keys/verify", { key: secret, scopes: ["none:such"] });
}

const total = (page, name) => page.locator(".ks-totals div", { hasText: name }).locator("dd");

test("the figures of a period are the sum of what was verified, in chart, tables and file", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  await page.goto(`${server.url}/usage`);
  await page.getByText("Nothing was verified in these days").waitFor();
  await accessible(page, "usage, none");
  await picture(page, "usage-none");
  const noor = await call("POST", "/v1/users", { name: "Noor", email: "noor@example.com" });
  const acme = await call("POST", "/v1/teams", { name: "Acme" });
  await use(call, `/v1/users/${noor.id}`, 5);
  await use(call, `/v1/teams/${acme.id}`, 8);
  await page.reload();
  await page.getByText("13 verifications in 30 days").waitFor();
  await page.locator(".ks-chart canvas").waitFor();
  assert.equal(await total(page, "Verifications").innerText(), "13");
  assert.equal(await total(page, "Valid").innerText(), "11");
  assert.match(await total(page, "Refused").innerText(), /^2\s+15\.4% of all$/);
  await page.getByRole("row", { name: "Noor 5 4 1 4" }).waitFor();
  await accessible(page, "usage");
  await picture(page, "usage");

  await page.getByLabel("Key", { exact: true }).check();
  await page.getByRole("row", { name: /^used 8 times Acme 8 7 1 7$/ }).waitFor();
  await page.getByLabel("Day", { exact: true }).check();
  await page.getByRole("row", { name: /13 11 2 11$/ }).waitFor();
  await page.getByRole("button", { name: "As a table" }).click();
  assert.equal(await page.locator(".ks-chart").count(), 0);
  await accessible(page, "usage, table");

  await page.getByRole("combobox", { name: "Owner" }).fill("Acm");
  await page.getByRole("option", { name: "Acme" }).click();
  await page.getByText(/^8$/).first().waitFor();
  assert.equal(await total(page, "Verifications").innerText(), "8");
  await page.getByLabel("Owner", { exact: true }).last().check();
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const download = await file;
  assert.match(download.suggestedFilename(), /^usage-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv$/);
  const lines = readFileSync(await download.path(), "utf8")
    .trim()
    .split(/\r?\n/);
  assert.equal(lines.length, 2);
  assert.ok(lines[1].includes(acme.id));

  await page.getByRole("combobox", { name: "Owner" }).fill("");
  await page.getByRole("combobox", { name: "Owner" }).press("Tab");
  await page.getByText(/^13$/).first().waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("days that make no period are told, and nothing is asked for", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  await page.goto(`${server.url}/usage`);
  await page.getByLabel("Period", { exact: true }).selectOption("Other days");
  await page.getByLabel("From", { exact: true }).fill("2026-01-31");
  await page.getByLabel("To", { exact: true }).fill("2026-01-01");
  await page.getByText("The first day comes after the last.").waitFor();
  await page.getByLabel("From", { exact: true }).fill("2024-01-01");
  await page.getByText("At most 366 days at once").waitFor();
  await accessible(page, "usage, days");
  assert.ok(await page.getByRole("button", { name: "Download CSV" }).isDisabled());
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("somebody who is no admin sees what their own keys did, and nobody else's", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, await person(browser));
  const call = backend(server);
  const noor = await member(server, page, { name: "Noor", email: "noor@example.com" });
  const acme = await call("POST", "/v1/teams", { name: "Acme" });
  await use(call, `/v1/users/${noor.id}`, 3);
  await use(call, `/v1/teams/${acme.id}`, 8);
  await page.goto(`${server.url}/usage`);
  await page.getByText("3 verifications in 30 days").waitFor();
  assert.equal(await page.getByRole("combobox", { name: "Owner" }).count(), 0);
  assert.equal(await page.getByText("Acme").count(), 0);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a server that fails is told with a way to try again", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  await page.route("**/v1/usage?**", (route) =>
    route.fulfill({
      status: 500,
      json: {
        success: false,
        error: { code: "internal", message: "Something is wrong here: try again.", request_id: "req-1" },
      },
    }),
  );
  await page.goto(`${server.url}/usage`);
  const note = page.getByRole("alert");
  await note.getByText("Something is wrong here: try again.").waitFor();
  await accessible(page, "usage, failed");
  await picture(page, "usage-failed");
  await page.unroute("**/v1/usage?**");
  await note.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Nothing was verified in these days").waitFor();
  await server.stop();
});
