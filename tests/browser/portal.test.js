// The page behind a portal link, for those who embed nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { holder } from "./host.js";
import { accessible, backend, browse, person, picture, serve } from "./kit.js";

let browser;
let server;
let call;

before(async () => {
  browser = await browse();
  server = await serve();
  call = backend(server);
});

after(async () => {
  await browser.close();
  await server.stop();
});

test("a portal link opens its user's keys once, and its code stays nowhere", async () => {
  const { open, user } = await holder(server, call);
  const page = await person(browser);
  const { url } = await open();
  const code = url.split("/").at(-1);
  await page.goto(url);
  await page.getByText("build server").waitFor();
  assert.equal(page.url(), `${server.url}/portal`);
  assert.equal(await page.getByText("laptop").count(), 1);
  const kept = await page.evaluate(() => JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]));
  assert.ok(!kept.includes(code) && !kept.includes("ptl_"));
  assert.equal(await page.evaluate(() => document.documentElement.outerHTML.includes("ptl_")), false);
  await accessible(page, "portal");
  await picture(page, "portal");
  await page.getByRole("tab", { name: "Profile" }).click();
  await page.getByText(user.id).waitFor();
  await accessible(page, "portal-profile");
  await picture(page, "portal-profile");
  assert.deepEqual([...page.origins], [server.url]);
  assert.deepEqual(page.complaints, []);

  await page.goto(url);
  await page.getByText("This link has been used, or is older than a minute").waitFor();
  assert.equal(page.url(), `${server.url}/portal`);
  await accessible(page, "portal-gone");
  await picture(page, "portal-gone");
  await page.reload();
  await page.getByText("Go back to your application").waitFor();
});

test("a portal page has a tab for each team whose keys its user manages", async () => {
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  await call("POST", `/v1/teams/${team.id}/api-keys`, { description: "acme's deploys", expires_at: null });
  const { open } = await holder(server, call, { teams: [team] });
  const page = await person(browser);
  await page.goto((await open(null, { team_id: team.id })).url);
  const keys = page.getByRole("tab", { name: "API keys" });
  await keys.focus();
  await page.keyboard.press("ArrowRight");
  const acme = page.getByRole("tab", { name: "Acme" });
  assert.equal(await acme.getAttribute("aria-selected"), "true");
  assert.equal(await acme.evaluate((tab) => tab === document.activeElement), true);
  await page.getByText("acme's deploys").waitFor();
  await page.keyboard.press("End");
  assert.equal(await page.getByRole("tab", { name: "Profile" }).getAttribute("aria-selected"), "true");
  await page.keyboard.press("ArrowRight");
  assert.equal(await keys.getAttribute("aria-selected"), "true");
});

test("a portal page says when its time is up, and keeps what it shows", async () => {
  const { open, end } = await holder(server, call);
  const page = await person(browser);
  let token;
  page.on("request", (request) => {
    token ??= /^Bearer (ptl_.+)/.exec(request.headers().authorization ?? "")?.[1];
  });
  await page.clock.install();
  await page.goto((await open()).url);
  await page.getByText("build server").waitFor();
  await end(token);
  await page.clock.fastForward(31_000);
  await page.getByText("This page's time is up").waitFor();
  assert.equal(await page.getByText("build server").count(), 1);
  await accessible(page, "portal-ended");
  await picture(page, "portal-ended");
  assert.deepEqual(page.complaints, []);
});

test("a portal page that cannot reach its server says so, and its link is tried again", async () => {
  const { open } = await holder(server, call);
  const page = await person(browser);
  await page.route("**/v1/portal-sessions/exchange", (route) => route.fulfill({ status: 502, body: "" }), { times: 1 });
  await page.goto((await open()).url);
  await page.getByRole("alert").waitFor();
  await picture(page, "portal-failed");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("build server").waitFor();
});

test("a portal link opens in a frame of the origin that its session was made for, and of no other", async (t) => {
  const { open } = await holder(server, call);
  let allowed;
  const host = createServer(async (asked, answer) => {
    if (asked.url !== "/") return answer.writeHead(404).end();
    answer.writeHead(200, { "content-type": "text/html" });
    answer.end(`<iframe title="API keys" src="${(await open(allowed)).url}"></iframe>`);
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  t.after(() => host.close().closeAllConnections());
  const origin = `http://127.0.0.1:${host.address().port}`;
  const page = await person(browser);
  allowed = origin;
  await page.goto(origin);
  await page.frameLocator("iframe").getByText("build server").waitFor();
  assert.deepEqual(page.complaints, []);

  allowed = "https://other.example.com";
  const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
  await page.goto(origin);
  await refused;
  assert.equal(await page.frameLocator("iframe").getByText("build server").count(), 0);
});
