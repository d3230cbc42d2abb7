// What stands around every page: the ways through the console by keys and by pointer, and what it does when something is missing.

import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, EMAIL, PASSWORD, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

/** A server, its admin's page with the keys, and a backend. */
async function begin(options) {
  const server = await serve(options);
  const page = await person(browser);
  await admin(server, page);
  await page.goto(`${server.url}/keys`);
  await page.getByRole("heading", { name: "API keys", level: 1 }).waitFor();
  return { server, page };
}

/** Somebody who is no admin, signed in on a page of their own. */
async function member(server, api, email) {
  const user = await api("POST", "/v1/users", { email, name: "Noor" });
  const { url } = await api("POST", `/v1/users/${user.id}/invitations`, {});
  const page = await person(browser);
  await page.goto(url);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Save and sign in" }).click();
  await page.getByRole("heading", { name: "API keys", level: 1 }).waitFor();
  return { page, user };
}

const heading = (page, name) => page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
const palette = (page) => page.getByRole("dialog", { name: "Search and go" });

test("the palette finds pages, actions, keys, teams and people, by keys alone", async () => {
  const { server, page } = await begin();
  const api = backend(server);
  const team = await api("POST", "/v1/teams", { name: "Orchard" });
  const key = await api("POST", `/v1/teams/${team.id}/api-keys`, { description: "orchard pump", expires_at: null });
  const user = await api("POST", "/v1/users", { external_id: "orchid", name: "Orchid Lane" });
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /^Search pages/ });
  await field.waitFor();
  assert.ok(await field.evaluate((element) => element === document.activeElement));
  await accessible(page, "palette");
  await picture(page, "palette");

  await field.pressSequentially("orch");
  for (const name of [/orchard pump/, /^Orchard/, /Orchid Lane/]) await page.getByRole("option", { name }).waitFor();
  await accessible(page, "palette-found");
  await picture(page, "palette-found");
  await field.fill("audit");
  await page.getByRole("option", { name: "Audit log" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await heading(page, "Audit log");
  assert.equal(page.url(), `${server.url}/audit`);
  assert.match(await page.title(), /Audit log/);

  const pick = async (typed, name) => {
    await page.keyboard.press("Control+k");
    await field.fill(typed);
    await page.getByRole("option", { name }).click();
    await palette(page).waitFor({ state: "detached" });
  };
  await pick("orchard", /^Orchard/);
  await page.waitForURL(`${server.url}/teams/${team.id}`);
  await pick("orchid", /Orchid Lane/);
  await page.waitForURL(`${server.url}/users/${user.id}`);
  await pick("pump", /orchard pump/);
  await page.waitForURL(`${server.url}/keys/${key.id}`);
  const drawer = page.getByRole("dialog", { name: /orchard pump/ });
  await drawer.waitFor();
  await drawer.getByRole("button", { name: "Close" }).click();
  await page.waitForURL(`${server.url}/keys?owner=all`);
  await pick("create", "Create an API key");
  await page.getByRole("dialog").getByLabel("Description").waitFor();

  await page.goto(`${server.url}/teams`);
  const search = page.getByRole("button", { name: /^Search/ });
  await search.click();
  await field.waitFor();
  await field.fill("nothing has this name");
  await page.getByText("Nothing by that name").waitFor();
  await page.keyboard.press("Escape");
  await palette(page).waitFor({ state: "detached" });
  assert.ok(await search.evaluate((element) => element === document.activeElement));
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("the first stop of the Tab key skips to the page, and shortcuts of single letters can be switched off", async () => {
  const { server, page } = await begin();
  await page.reload();
  await heading(page, "API keys");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the page");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await heading(page, "Teams");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.waitFor();
  await accessible(page, "shortcuts");
  await picture(page, "shortcuts");
  await dialog.getByLabel(/Shortcuts of single letters/).uncheck();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.reload();
  await heading(page, "Teams");
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await page.keyboard.press("Control+k");
  await palette(page).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 1);
  assert.equal(page.url(), `${server.url}/teams`);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("what is for admins is neither offered to others, nor drawn, nor asked for", async () => {
  const { server } = await begin();
  const { page } = await member(server, backend(server), "noor@example.com");
  const asked = [];
  page.on("request", (one) => asked.push(new URL(one.url()).pathname));
  const nav = page.getByRole("navigation", { name: "Pages" });
  assert.deepEqual(await nav.getByRole("link").allTextContents(), ["API keys", "Teams", "Usage", "Leaks"]);
  for (const path of ["/users", "/audit", "/settings"]) {
    await page.goto(server.url + path);
    await heading(page, "This page is for admins");
  }
  await accessible(page, "for-admins");
  await picture(page, "for-admins");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("e");
  await page.getByRole("option").first().waitFor();
  assert.equal(await page.getByRole("option", { name: /Users|Audit|Settings/ }).count(), 0);
  const forAdmins = asked.filter((path) => /^\/v1\/(users$|audit|settings|roles)/.test(path));
  assert.deepEqual(forAdmins, []);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a session that ended elsewhere leads to the sign-in, and from there back", async () => {
  const { server, page } = await begin();
  await page.goto(`${server.url}/leaks`);
  await heading(page, "Leaks");
  await page.context().clearCookies();
  await page.getByRole("link", { name: "Usage" }).click();
  await page.waitForURL(`${server.url}/sign-in?return_to=%2Fusage`);
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${server.url}/usage`);
  await heading(page, "Usage");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("being offline, and a server that does not answer, are said on every page until they are over", async () => {
  const { server, page } = await begin();
  const offline = page.getByText("You are offline. What you see may be out of date.");
  const silent = page.getByText("The server does not answer. What you see may be out of date.");
  await page.context().setOffline(true);
  await offline.waitFor();
  await accessible(page, "offline");
  await picture(page, "offline");
  await page.context().setOffline(false);
  await offline.waitFor({ state: "detached" });

  await page.route("**/v1/**", (route) => route.abort());
  await page.getByRole("link", { name: "Teams" }).click();
  await silent.waitFor();
  await accessible(page, "unreachable");
  await picture(page, "unreachable");
  await page.unroute("**/v1/**");
  await page.getByRole("button", { name: "Try again" }).first().click();
  await silent.waitFor({ state: "detached" });
  await server.stop();
});

test("a page that cannot be loaded says so, and the rest of the console goes on", async () => {
  const { server, page } = await begin();
  const parts = "**/assets/*.js";
  await page.route(parts, (route) => route.abort());
  await page.getByRole("link", { name: "Usage" }).click();
  await heading(page, "This page has failed");
  await accessible(page, "failed");
  await picture(page, "failed");
  await page.getByRole("link", { name: "API keys", exact: true }).click();
  await heading(page, "API keys");
  await page.getByRole("link", { name: "Usage" }).click();
  await page.unroute(parts);
  await page.getByRole("button", { name: "Load the page anew" }).click();
  await heading(page, "Usage");
  await server.stop();
});

test("an address without a page says so, and leads home", async () => {
  const { server, page } = await begin();
  await page.evaluate(() => {
    history.pushState(null, "", "/keys/one/two/three");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await heading(page, "There is nothing at this address");
  await accessible(page, "not-found");
  await picture(page, "not-found");
  await page.getByRole("link", { name: "Go to the API keys" }).click();
  await heading(page, "API keys");
  await page.goto(`${server.url}/keys/key_01k9qcd21wvqg8v8e5ftvwznhq`);
  await page.getByText("There is no such key").waitFor();
  await accessible(page, "no-such-key");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("in a narrow window the pages are behind a button, and choosing one closes them", async () => {
  const { server, page } = await begin();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole("button", { name: "Menu" }).click();
  const drawer = page.getByRole("dialog", { name: "Pages" });
  await drawer.waitFor();
  await accessible(page, "narrow-menu");
  await drawer.getByRole("link", { name: "Settings" }).click();
  await drawer.waitFor({ state: "detached" });
  await heading(page, "Settings");
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(over, 0);
  await page.getByRole("button", { name: /account and sign-out/ }).click();
  await page.getByRole("menuitem", { name: "Account" }).click();
  await heading(page, "Account");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("whose keys are shown has an address, and nobody sees those of a team that they may not manage", async () => {
  const { server, page } = await begin();
  const api = backend(server);
  const { page: noor, user } = await member(server, api, "noor@example.com");
  const [mine, closed] = [await api("POST", "/v1/teams", { name: "Orchard" }), await api("POST", "/v1/teams", { name: "Mill" })];
  await api("PUT", `/v1/teams/${mine.id}/members/${user.id}`, { role: "member", permissions: ["$manage_api_keys"] });
  await api("PUT", `/v1/teams/${closed.id}/members/${user.id}`, { role: "member", permissions: [] });
  await api("POST", `/v1/teams/${mine.id}/api-keys`, { description: "orchard pump", expires_at: null });
  await api("POST", `/v1/teams/${closed.id}/api-keys`, { description: "mill wheel", expires_at: null });
  const asked = [];
  noor.on("request", (one) => asked.push(one.url()));
  await noor.goto(`${server.url}/keys?owner=${mine.id}`);
  await noor.getByText("orchard pump").waitFor();
  const views = noor.getByRole("navigation", { name: "Whose keys" }).getByRole("link");
  assert.deepEqual(await views.allTextContents(), ["Mine", "Orchard"]);
  await accessible(noor, "keys-of-team");
  await noor.goto(`${server.url}/keys?owner=${closed.id}`);
  await noor.getByText("There are no keys to see here").waitFor();
  await accessible(noor, "keys-unknown");
  await noor.goto(`${server.url}/keys?owner=all`);
  await noor.getByText("There are no keys to see here").waitFor();
  assert.deepEqual(asked.filter((url) => url.includes(`${closed.id}/api-keys`) || /v1\/api-keys\?/.test(url)), []);
  await page.goto(`${server.url}/keys?owner=all`);
  await page.getByText("orchard pump").waitFor();
  await page.getByText("mill wheel").waitFor();
  assert.deepEqual([...page.complaints, ...noor.complaints], []);
  await server.stop();
});

test("behind a proxy that strips a path, everything works under that path", async () => {
  let address;
  const proxy = createServer((asked, answer) => {
    if (!asked.url.startsWith("/keystead/")) return answer.writeHead(404).end();
    const [host, port] = address.split(":");
    const { method, headers } = asked;
    const onward = request({ host, port, path: asked.url.slice("/keystead".length), method, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const root = `http://127.0.0.1:${proxy.address().port}/keystead`;
  const server = await serve({ env: { KEYSTEAD_HTTP__PUBLIC_URL: root } });
  address = server.address;
  const page = await person(browser);
  const strayed = [];
  page.on("request", (one) => one.url().startsWith(`${root}/`) || strayed.push(one.url()));
  await page.goto(server.link);
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Name").fill("Maya");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create the admin" }).click();
  await page.waitForURL(`${root}/keys`);
  await heading(page, "API keys");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.waitForURL(`${root}/settings`);
  await page.reload();
  await heading(page, "Settings");
  await page.getByRole("button", { name: /account and sign-out/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(`${root}/sign-in`);
  await page.goto(`${root}/teams`);
  await page.waitForURL(`${root}/sign-in?return_to=%2Fteams`);
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${root}/teams`);
  assert.deepEqual(strayed, []);
  assert.deepEqual(page.complaints, []);
  await server.stop();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});
