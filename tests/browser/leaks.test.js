// Leaks in the console: what was reported, what became of it, where it was found, and what people make of it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, member, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

const key = (call, path, description) => call("POST", `${path}/api-keys`, { description, expires_at: null });

async function stranger(server, report) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${server.url}/v1/leaks`, {
    method: "POST",
    headers,
    body: JSON.stringify({ reports: [report] }),
  });
  assert.equal(answer.status, 202);
}

test("without a leak the page tells how to hear of one", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  await page.goto(`${server.url}/leaks`);
  await page.getByText("Nothing has leaked").waitFor();
  await page.getByText(`keystead hook install --report ${server.url}`).last().waitFor();
  await page.getByText("How to scan and report").click();
  await accessible(page, "leaks, none");
  await picture(page, "leaks-none");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a reported key is revoked, and the page of the leak tells from found to revoked to judged", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const acme = await call("POST", "/v1/teams", { name: "Acme" });
  const [leaked, local] = [
    await key(call, `/v1/teams/${acme.id}`, "nightly import"),
    await key(call, `/v1/teams/${acme.id}`, "laptop"),
  ];
  const place = {
    repository: "github.com/acme/platform",
    commit: "4f2a99c0d1",
    path: "config/prod.env",
    line: 7,
    url: "https://github.com/acme/platform/blob/main/config/prod.env",
  };
  await call("POST", "/v1/leaks", {
    reports: [
      { key: leaked.secret, exposure: "public", place, tool: "keystead" },
      { key: local.secret, exposure: "local", place: { path: "notes.txt", url: "javascript:alert(1)" } },
    ],
  });
  await stranger(server, {
    key: leaked.secret,
    place: { repository: "<b>evil</b>", url: "https://evil.example.com/x" },
  });
  await page.goto(`${server.url}/leaks`);
  await page.getByText("3 places").waitFor();
  await page.getByText("2 to look at").waitFor();
  await page.getByText("1 ended").waitFor();
  await accessible(page, "leaks");
  await picture(page, "leaks");
  await page.getByLabel("Outcome").selectOption("Revoked");
  await page.getByText("1 entry").waitFor();
  await page.getByLabel("Exposure").selectOption("On one machine");
  await page.getByText("No leak matches").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("link", { name: "nightly import" }).click();
  await page.getByRole("heading", { name: "nightly import", level: 1 }).waitFor();
  await page.getByText("config/prod.env:7").waitFor();

  assert.equal(await page.getByRole("link", { name: "Open the key" }).getAttribute("href"), `/keys/${leaked.id}`);
  // Only what somebody known here vouches for can be followed.
  const links = await page.locator(".ks-card a").evaluateAll((some) => some.map((one) => [one.href, one.rel]));
  assert.deepEqual(links, [[place.url, "noreferrer noopener"]]);
  await page.getByText("<b>evil</b>").waitFor();
  await page.getByText("https://evil.example.com/x").waitFor();
  assert.deepEqual(
    await page
      .locator(".ks-timeline .ks-label")
      .allTextContents()
      .then((all) => all.slice(0, 2)),
    ["Found", "Revoked"],
  );
  await accessible(page, "leak");
  await picture(page, "leak");

  await page.getByLabel("Note").fill("It stood in a public repository.");
  await page.getByRole("button", { name: "Confirm the leak" }).click();
  await page.locator(".ks-timeline").getByText("Judged").waitFor();
  const [told] = (await call("GET", "/v1/leaks")).filter((leak) => leak.key.id === leaked.id);
  assert.deepEqual([told.state, told.note], ["confirmed", "It stood in a public repository."]);
  await accessible(page, "leak, judged");
  await page.getByRole("link", { name: "Leaks" }).last().click();
  await page.getByText("1 to look at").waitFor();

  await page.getByRole("link", { name: "laptop" }).click();
  await page.getByText("Not revoked").waitFor();
  assert.equal(await page.locator(".ks-card a").count(), 0);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("button", { name: "Look at it again" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a judgement that somebody else was faster with is told, and the note is not lost", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const acme = await call("POST", "/v1/teams", { name: "Acme" });
  const leaked = await key(call, `/v1/teams/${acme.id}`, "nightly import");
  const [{ leak_id }] = await call("POST", "/v1/leaks", { reports: [{ key: leaked.secret }] });
  await page.goto(`${server.url}/leaks/${leak_id}`);
  await page.getByLabel("Note").fill("It is an example.");
  await call("PATCH", `/v1/leaks/${leak_id}`, { state: "confirmed" });
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Note").inputValue(), "It is an example.");
  assert.equal((await call("GET", `/v1/leaks/${leak_id}`)).state, "confirmed");
  await server.stop();
});

test("people see the leaks of their own keys, and of nobody else's", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, await person(browser));
  const call = backend(server);
  const noor = await member(server, page, { name: "Noor", email: "noor@example.com" });
  const acme = await call("POST", "/v1/teams", { name: "Acme" });
  const [mine, other] = [
    await key(call, `/v1/users/${noor.id}`, "mine"),
    await key(call, `/v1/teams/${acme.id}`, "another"),
  ];
  await stranger(server, { key: mine.secret });
  await stranger(server, { key: other.secret });
  await page.goto(`${server.url}/leaks`);
  await page.getByRole("link", { name: "mine" }).waitFor();
  assert.equal(await page.getByText("another").count(), 0);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});
