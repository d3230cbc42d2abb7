// The audit log in the console: filtered, read in detail, taken along as a file, and its chain checked.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, member, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

test("an entry tells who, from where, and what was before and after", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  await call("PATCH", `/v1/teams/${team.id}`, { scopes_grantable: ["invoices:read", "orders:read"] });
  await call("PATCH", `/v1/teams/${team.id}`, {
    name: "Acme <i>Corp</i>",
    scopes_grantable: ["invoices:read", "orders:write"],
  });
  await page.goto(`${server.url}/audit`);
  const row = page.getByRole("row", { name: /Team changed/ }).first();
  await row.getByText("Acme <i>Corp</i>").waitFor();
  await page
    .getByRole("row", { name: /Signed in|User added/ })
    .first()
    .waitFor();
  await accessible(page, "audit");
  await picture(page, "audit");
  await row.getByRole("button", { name: "Team changed" }).click();
  const drawer = page.getByRole("dialog", { name: "Team changed" });
  await drawer.getByText("127.0.0.1").waitFor();
  await drawer.getByText(/^req_/).waitFor();
  assert.equal(await drawer.getByRole("row", { name: /^Name/ }).locator("del").textContent(), "Acme");
  assert.equal(await drawer.getByRole("row", { name: /^Name/ }).locator("ins").textContent(), "Acme <i>Corp</i>");
  const scopes = drawer.getByRole("row", { name: /^Scopes grantable/ });
  assert.deepEqual(await scopes.locator("del").allTextContents(), ["orders:read"]);
  assert.deepEqual(await scopes.locator("ins").allTextContents(), ["orders:write"]);
  assert.equal(await drawer.getByRole("link", { name: "Acme <i>Corp</i>" }).getAttribute("href"), `/teams/${team.id}`);
  await accessible(page, "audit, entry");
  await picture(page, "audit-entry");

  await drawer.getByRole("button", { name: "Everything about it" }).click();
  await page.waitForURL(new RegExp(`id=${team.id}`));
  await page.getByText("3 entries").waitFor();
  await page.goBack();
  await page
    .getByRole("row", { name: /Signed in|User added/ })
    .first()
    .waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("what is chosen stands in the address, and what fits nothing is told", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  await call("POST", "/v1/teams", { name: "Acme" });
  await page.goto(`${server.url}/audit`);
  await page.getByLabel("What", { exact: true }).selectOption("Team created");
  await page.getByText("1 entry").waitFor();
  await page.reload();
  await page.getByText("1 entry").waitFor();
  await page.getByLabel("Who", { exact: true }).selectOption("People");
  await page.getByText("Nothing matches").waitFor();
  await accessible(page, "audit, none");
  await picture(page, "audit-none");
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.getByRole("row", { name: /Team created/ }).waitFor();
  await page.getByLabel("To", { exact: true }).fill("2020-01-01");
  await page.getByText("Nothing matches").waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("the chain is checked on request, and the log is taken along as it is filtered", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  await call("POST", "/v1/teams", { name: "Acme" });
  await page.goto(`${server.url}/audit?action=team.created`);
  await page.getByText("1 entry").waitFor();
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const download = await file;
  assert.match(download.suggestedFilename(), /^audit-\d{4}-\d\d-\d\d\.ndjson$/);
  const lines = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ action }) => action),
    ["team.created"],
  );

  await page.getByRole("button", { name: "Verify the chain" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The chain is whole").waitFor();
  assert.match(await dialog.locator("code").textContent(), /^[0-9a-f]{64}$/);
  await accessible(page, "audit, whole");
  await picture(page, "audit-whole");
  await dialog.getByRole("button", { name: "Close" }).last().click();

  const broken = { ok: false, count: 9, head: "00", first_bad: 4, problem: "entry 4 is not as it was written" };
  await page.route("**/v1/audit-events/verify", (route) => route.fulfill({ json: { success: true, data: broken } }));
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await dialog.getByText("The chain is broken").waitFor();
  await dialog.getByText("is number 4.").waitFor();
  await accessible(page, "audit, broken");
  await picture(page, "audit-broken");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a thousand entries are scrolled through without a blank row, and only those in sight are in the document", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  for (let n = 0; n < 1000; n += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, one) =>
        call("POST", "/v1/users", { name: `User ${n + one}`, external_id: `user-${n + one}` }),
      ),
    );
  await page.goto(`${server.url}/audit?action=user.created`);
  await page
    .getByRole("row", { name: /User added/ })
    .first()
    .waitFor();
  // The first admin is one of them.
  await page.waitForFunction(async () => {
    scrollTo(0, document.body.scrollHeight);
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const last = document.querySelector(".ks-long-foot")?.textContent;
    if (document.elementsFromPoint(innerWidth / 2, innerHeight / 2).some((one) => one.className === "ks-long-gap"))
      throw new Error("a blank row");
    return last?.startsWith("1,001");
  });
  assert.ok((await page.locator(".ks-long tbody tr").count()) < 80);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("somebody who is no admin is not shown the log, and nothing of it is asked for", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, await person(browser));
  await member(server, page, { name: "Noor", email: "noor@example.com" });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}/audit`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.deepEqual(
    asked.filter((path) => path.startsWith("/v1/audit-events")),
    [],
  );
  assert.deepEqual(page.complaints, []);
  await server.stop();
});
