// Users in the console, for admins: added, invited, changed, kept out and removed; with the password once more where that is asked for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, member, PASSWORD, person, picture, serve } from "./kit.js";

const NAME = '<img src=x onerror="document.title=1">';
let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

const press = (on, name) => on.getByRole("button", { name, exact: true }).click();

test("an admin adds a user and hands over a link that lets them in, which no request or storage keeps", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  await page.goto(`${server.url}/users`);
  await page.getByRole("link", { name: "Maya" }).waitFor();
  await accessible(page, "users");
  await press(page, "Add a user");
  const dialog = page.getByRole("dialog");
  await press(dialog, "Add a user");
  await dialog.getByText("Give an e-mail, an external id, or both.").waitFor();
  await dialog.getByLabel("Name").fill(NAME);
  await dialog.getByLabel("E-mail").fill("maya@example.com");
  await press(dialog, "Add a user");
  await dialog.locator(".ks-wrong").waitFor();
  assert.equal(await dialog.getByLabel("Name").inputValue(), NAME);
  await accessible(page, "user, refused");
  await picture(page, "user-add");
  await dialog.getByLabel("E-mail").fill("noor@example.com");
  await press(dialog, "Add a user");
  await press(dialog, "Make the link");
  await press(dialog, "Make a link");
  const link = await dialog.locator("code").textContent();
  await accessible(page, "invitation");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  assert.equal(await dialog.locator("code").textContent(), link, "the link is not closed by accident");
  await press(dialog, "Done");
  await page
    .getByRole("row", { name: /noor@example.com/ })
    .getByText("Invited")
    .waitFor();
  const kept = await page.evaluate(
    () => document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }),
  );
  assert.ok(!kept.includes(new URL(link).hash.slice(1)));
  assert.equal(await page.locator("main img").count(), 0);
  const other = await person(browser);
  await other.goto(link);
  await other.getByLabel(/^Password/).fill(PASSWORD);
  await other.getByRole("button", { name: "Save and sign in" }).click();
  await page.getByText(NAME).first().waitFor();
  await picture(page, "users");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("making an admin asks for the password again, and a wrong one changes nothing", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const noor = await call("POST", "/v1/users", { name: "Noor", email: "noor@example.com" });
  // Ten minutes later, as far as the page knows: the server would still have let it pass.
  await page.route("**/v1/me", async (route) => {
    const answer = await (await route.fetch()).json();
    answer.data.session.confirmed = false;
    await route.fulfill({ json: answer });
  });
  await page.goto(`${server.url}/users/${noor.id}/account`);
  await press(page, "Make an admin");
  const dialog = page.getByRole("dialog");
  await press(dialog, "Make an admin");
  const sure = page.getByRole("dialog", { name: "Is it you?" });
  await sure.getByLabel("Password").fill("another password");
  await press(sure, "Go on");
  await sure.locator(".ks-wrong").waitFor();
  await accessible(page, "password once more");
  await picture(page, "user-sure");
  assert.equal((await call("GET", `/v1/users/${noor.id}`)).role, "member");
  await sure.getByLabel("Password").fill(PASSWORD);
  await press(sure, "Go on");
  await page.getByText("An admin of the instance").waitFor();
  assert.equal((await call("GET", `/v1/users/${noor.id}`)).role, "admin");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a suspended user's keys fail and their pages are closed; switched on again, the keys go on", async () => {
  const server = await serve();
  const [page, other] = [await person(browser), await person(browser)];
  await admin(server, page);
  const call = backend(server);
  const noor = await member(server, other, { name: "Noor", email: "noor@example.com" });
  const { secret } = await call("POST", `/v1/users/${noor.id}/api-keys`, { description: "laptop", expires_at: null });
  const code = async () => (await call("POST", "/v1/api-keys/verify", { key: secret })).code;
  await page.goto(`${server.url}/users/${noor.id}/account`);
  await page.getByRole("heading", { name: "Noor", level: 1 }).waitFor();
  await accessible(page, "user");
  await picture(page, "user");
  await press(page, "Suspend");
  const dialog = page.getByRole("dialog");
  await accessible(page, "suspend");
  await press(dialog, "Suspend");
  await page.getByText("Suspended: their keys are off").waitFor();
  assert.equal(await code(), "disabled");
  assert.equal(await other.evaluate(async () => (await fetch("/v1/me")).status), 401);
  await press(page, "Switch on again");
  await page.getByText("Switches their keys off").waitFor();
  assert.equal(await code(), "valid");
  await press(page, "Reset the second factor");
  await press(dialog, "Reset the second factor");
  await dialog.waitFor({ state: "detached" });
  await press(page, "End their sessions");
  await press(dialog, "End their sessions");
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a user is removed, and their keys go on with the team that was chosen", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const noor = await call("POST", "/v1/users", { name: "Noor", external_id: "noor-7" });
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  const key = await call("POST", `/v1/users/${noor.id}/api-keys`, { description: "laptop", expires_at: null });
  await page.goto(`${server.url}/users/${noor.id}/account`);
  await press(page, "Remove");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Move them/).check();
  await dialog.getByRole("combobox").fill("Acm");
  await dialog.getByRole("option", { name: "Acme" }).click();
  await press(dialog, "Remove");
  await page.waitForURL(`${server.url}/users`);
  assert.equal(await page.getByRole("link", { name: "Noor" }).count(), 0);
  assert.equal((await call("GET", `/v1/api-keys/${key.id}`)).owner.id, team.id);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("users are found by what is typed, and by status and role", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const noor = await call("POST", "/v1/users", { name: "Noor Haddad", email: "noor@example.com" });
  await call("POST", "/v1/users", { name: "Sam Okafor", external_id: "sam-7" });
  await call("PATCH", `/v1/users/${noor.id}`, { status: "suspended" });
  await page.goto(`${server.url}/users`);
  const search = page.getByLabel("Search by name, e-mail or id");
  await search.fill("sam-");
  await page.getByText("1 entry").waitFor();
  await page.getByRole("link", { name: "Sam Okafor" }).waitFor();
  await search.fill("nobody by that name");
  await page.getByText("Nobody matches").waitFor();
  await accessible(page, "users, none");
  await search.fill("");
  await page.getByLabel("Status").selectOption("Suspended");
  await page.getByText("1 entry").waitFor();
  await page.getByRole("link", { name: "Noor Haddad" }).waitFor();
  await page.getByLabel("Role").selectOption("Admin");
  await page.getByText("Nobody matches").waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a user's teams stand on their page, and lead to the team", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const noor = await call("POST", "/v1/users", { name: "Noor", email: "noor@example.com" });
  await page.goto(`${server.url}/users/${noor.id}`);
  await page.getByRole("main").getByRole("link", { name: "Teams" }).click();
  await page.getByText("In no team").waitFor();
  await accessible(page, "a user in no team");
  const team = await call("POST", "/v1/teams", { name: NAME });
  await call("POST", "/v1/teams", { name: "Of others" });
  await call("PUT", `/v1/teams/${team.id}/members/${noor.id}`, { role: "member" });
  await page.reload();
  const row = page.getByRole("table").getByRole("link", { name: NAME });
  await row.waitFor();
  assert.equal(await page.getByText("Of others").count(), 0);
  assert.equal(await page.locator("main img").count(), 0);
  await accessible(page, "a user's teams");
  await picture(page, "user-teams");
  await row.click();
  await page.waitForURL(`**/teams/${team.id}/members`);
  await page.getByText("Noor").first().waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});
