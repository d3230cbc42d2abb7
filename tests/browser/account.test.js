// From the first start to an admin with a second factor, as a person sees it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { App, browse, person, picture, serve } from "./kit.js";

const EMAIL = "maya@example.com";
const PASSWORD = "tall trees by the lake";
let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const CODE = "Code of your authenticator app, or a recovery code";

async function setUp(server, page) {
  await page.goto(server.link);
  await fill(page, { "E-mail": EMAIL, Name: "Maya", Password: PASSWORD });
  await press(page, "Create the admin");
  await page.getByText(`Maya · ${EMAIL} · admin`).waitFor();
}

async function signIn(server, page, password) {
  await page.goto(`${server.url}/sign-in`);
  await fill(page, { "E-mail": EMAIL, Password: password });
  await press(page, "Sign in");
}

test("the link of the first start makes an admin, and its token leaves the address bar at once", async () => {
  const server = await serve();
  const page = await person(browser);
  await page.goto(server.link);
  assert.equal(page.url(), `${server.url}/setup`);
  assert.equal(await page.evaluate(() => document.activeElement?.name), "email");
  await picture(page, "setup");
  await fill(page, { "E-mail": EMAIL, Name: "Maya", Password: "password" });
  await press(page, "Create the admin");
  const note = page.locator("#password-error");
  await note.waitFor();
  assert.match(await note.textContent(), /tried first/);
  assert.equal(await page.getByLabel("Password").getAttribute("aria-invalid"), "true");
  assert.equal(await page.evaluate(() => document.activeElement?.name), "password");
  await picture(page, "setup-refused");
  await fill(page, { Password: PASSWORD });
  await press(page, "Create the admin");
  await page.getByText(`Maya · ${EMAIL} · admin`).waitFor();
  assert.equal(page.url(), `${server.url}/account`);
  await page.goto(server.link);
  await fill(page, { "E-mail": "another@example.com", Name: "Another", Password: PASSWORD });
  await press(page, "Create the admin");
  await page.getByRole("alert").waitFor();
  await page.goto(`${server.url}/setup`);
  await page.getByText("This link is not whole").waitFor();
  assert.ok(await page.getByRole("button").isDisabled());
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a wrong password is told without saying what was wrong, and signing out ends the session", async () => {
  const server = await serve();
  const page = await person(browser);
  await setUp(server, page);
  await press(page, "Sign out");
  await page.waitForURL(`${server.url}/sign-in`);
  await page.goto(`${server.url}/account`);
  await page.waitForURL(`${server.url}/sign-in`);
  await signIn(server, page, "another password");
  const note = page.getByRole("alert");
  await note.waitFor();
  assert.match(await note.textContent(), /E-mail, password or code is wrong/);
  await picture(page, "sign-in-refused");
  await fill(page, { Password: PASSWORD });
  await press(page, "Sign in");
  await page.getByText(`Maya · ${EMAIL} · admin`).waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a second factor is set up, asked for at sign-in, recovered from and switched off", async () => {
  const server = await serve();
  const page = await person(browser);
  await setUp(server, page);
  await picture(page, "account");
  await press(page, "Set up");
  const app = new App(await page.locator(".secret").textContent());
  assert.equal(await page.getByRole("img", { name: "The secret as a QR code" }).count(), 1);
  await picture(page, "factor-begun");
  await fill(page, { "The code that the app shows now": "000000" });
  await press(page, "Switch on");
  await page.locator("#code-error").waitFor();
  await fill(page, { "The code that the app shows now": await app.code() });
  await press(page, "Switch on");
  await page.getByText("These recovery codes are shown this once").waitFor();
  const recovery = await page.locator(".codes code").allTextContents();
  assert.equal(recovery.length, 10);
  await picture(page, "recovery-codes");
  await press(page, "I have kept them");
  await page.getByText("Recovery codes left: 10").waitFor();
  await press(page, "Sign out");
  await page.waitForURL(`${server.url}/sign-in`);

  await signIn(server, page, PASSWORD);
  await page.getByLabel(CODE).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.name), "code");
  await fill(page, { [CODE]: "000000" });
  await press(page, "Sign in");
  await page.locator("#code-error").waitFor();
  await picture(page, "sign-in-code");
  await fill(page, { [CODE]: await app.code() });
  await press(page, "Sign in");
  await page.getByText("Recovery codes left: 10").waitFor();

  const other = await person(browser);
  await signIn(server, other, PASSWORD);
  await fill(other, { [CODE]: recovery[0] });
  await press(other, "Sign in");
  await other.getByText("Recovery codes left: 9").waitFor();
  await page.reload();
  assert.equal(await page.locator("#sessions li").count(), 2);
  await picture(page, "account-factor");
  await page.getByRole("button", { name: /^End the session of/ }).click();
  await page.locator("#sessions li").nth(1).waitFor({ state: "detached" });
  await other.reload();
  await other.waitForURL(`${server.url}/sign-in`);

  // Ten minutes later, as far as the page knows.
  await page.route("**/v1/me", async (route) => {
    const answer = await (await route.fetch()).json();
    answer.data.session.confirmed = false;
    await route.fulfill({ json: answer });
  });
  await press(page, "Switch off");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await picture(page, "sure");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await press(page, "Switch off");
  await dialog.getByLabel("Password").fill("another password");
  await dialog.getByLabel(CODE).fill(recovery[1]);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.locator("#password-error").waitFor();
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await page.getByText("Off: whoever knows your password is in").waitFor();
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(other.complaints, []);
  await server.stop();
});

test("a new password needs the current one and ends the other sessions", async () => {
  const server = await serve();
  const [page, other] = [await person(browser), await person(browser)];
  await setUp(server, page);
  await signIn(server, other, PASSWORD);
  await other.getByText(`Maya · ${EMAIL} · admin`).waitFor();
  await fill(page, { "Current password": "another password", "New password": "lakes by the tall trees" });
  await press(page, "Change the password");
  await page.locator("#current_password-error").waitFor();
  await fill(page, { "Current password": PASSWORD });
  await press(page, "Change the password");
  await page.getByRole("status").waitFor();
  await other.reload();
  await other.waitForURL(`${server.url}/sign-in`);
  await page.reload();
  await page.getByText(`Maya · ${EMAIL} · admin`).waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("an invitation lets somebody choose a password, and works once", async () => {
  const server = await serve();
  const [page, other] = [await person(browser), await person(browser)];
  await setUp(server, page);
  const link = await page.evaluate(async () => {
    const ours = { "X-Keystead-Request": "1", "Content-Type": "application/json" };
    const post = async (path, body) =>
      (await fetch(path, { method: "POST", headers: ours, body: JSON.stringify(body) })).json();
    const user = await post("/v1/users", { email: "noor@example.com", name: "Noor" });
    return (await post(`/v1/users/${user.data.id}/invitations`, {})).data.url;
  });
  await other.goto(link);
  assert.equal(other.url(), `${server.url}/invitation`);
  await picture(other, "invitation");
  await fill(other, { Password: "a lake among the hills" });
  await press(other, "Save and sign in");
  await other.getByText("Noor · noor@example.com · member").waitFor();
  await other.goto(link);
  await fill(other, { Password: "a lake among the hills" });
  await press(other, "Save and sign in");
  await other.getByText("This link does not work any more").waitFor();
  assert.deepEqual(other.complaints, []);
  await server.stop();
});
