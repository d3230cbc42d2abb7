// From the first start to an admin with a second factor, as a person sees it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { App, accessible, admin, browse, EMAIL, PASSWORD, person, picture, serve } from "./kit.js";

const CODE = "Code of your authenticator app, or a recovery code";
const APP_CODE = "The code that the app shows now";
let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const focused = (page) => page.evaluate(() => document.activeElement?.name);

// What is said to be wrong at this field.
async function wrong(page, label) {
  const field = page.locator(".ks-field", { has: page.getByLabel(label, { exact: true }) });
  const note = field.locator(".ks-wrong");
  await note.waitFor();
  assert.equal(await page.getByLabel(label, { exact: true }).getAttribute("aria-invalid"), "true");
  return note.textContent();
}

// The page of somebody who is in has them at its side.
const isIn = (page, who = `Maya ${EMAIL}`) => page.getByRole("button", { name: `${who}: account and sign-out` }).waitFor();

async function signOut(page) {
  await page.getByRole("button", { name: /account and sign-out/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in$/);
}

async function setUp(server, page) {
  await admin(server, page);
  await page.goto(`${server.url}/keys`);
  await isIn(page);
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
  await page.getByLabel("E-mail").waitFor();
  assert.equal(page.url(), `${server.url}/setup`);
  assert.equal(await focused(page), "email");
  await accessible(page, "setup");
  await picture(page, "setup");
  await press(page, "Create the admin");
  assert.match(await wrong(page, "E-mail"), /^This is needed/);
  await fill(page, { "E-mail": EMAIL, Name: "Maya", Password: "password" });
  await press(page, "Create the admin");
  assert.match(await wrong(page, "Password"), /tried first/);
  assert.equal(await focused(page), "password");
  assert.equal(await page.getByLabel("Name").inputValue(), "Maya");
  await accessible(page, "setup-refused");
  await picture(page, "setup-refused");
  await fill(page, { Password: PASSWORD });
  await press(page, "Create the admin");
  await isIn(page);
  assert.equal(page.url(), `${server.url}/keys`);
  await page.goto(`${server.url}/account`);
  await page.getByText("Admin of this server").waitFor();

  await page.goto(server.link);
  await fill(page, { "E-mail": "another@example.com", Name: "Another", Password: PASSWORD });
  await press(page, "Create the admin");
  await page.getByRole("alert").getByText(/./).first().waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
  assert.ok(!kept.includes("setup_"), "the token is in memory and nowhere else");
  await page.goto(`${server.url}/setup`);
  await page.getByText("This link is not whole").waitFor();
  assert.equal(await page.getByRole("button").count(), 0);
  await accessible(page, "setup-broken");
  assert.deepEqual(page.complaints, []);
  assert.deepEqual([...page.origins], [server.url]);
  await server.stop();
});

test("somebody who is not in is asked to sign in, and told how the first admin is made", async () => {
  const server = await serve();
  const page = await person(browser);
  await page.goto(server.url);
  await page.getByLabel("E-mail").waitFor();
  assert.equal(page.url(), `${server.url}/sign-in`);
  await page.getByText("Is nobody here yet?").click();
  await page.getByText("the server prints a link").waitFor();
  await accessible(page, "sign-in");
  await picture(page, "sign-in");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a wrong password is told without saying what was wrong, and signing out ends the session", async () => {
  const server = await serve();
  const page = await person(browser);
  await setUp(server, page);
  await signOut(page);
  await page.goto(`${server.url}/account/sessions`);
  await page.waitForURL(`${server.url}/sign-in?return_to=%2Faccount%2Fsessions`);
  await page.getByText("Sign in to go on where you were").waitFor();
  await fill(page, { "E-mail": EMAIL, Password: "another password" });
  await press(page, "Sign in");
  const note = page.getByRole("alert").getByText(/E-mail, password or code is wrong/i);
  await note.waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), EMAIL);
  await accessible(page, "sign-in-refused");
  await picture(page, "sign-in-refused");
  await fill(page, { Password: PASSWORD });
  await press(page, "Sign in");
  await page.waitForURL(`${server.url}/account/sessions`);
  await isIn(page);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("the way back after a sign-in never leads to another server", async () => {
  const server = await serve();
  const page = await person(browser);
  await setUp(server, page);
  for (const wish of ["https://evil.example/x", "//evil.example", "/\\evil.example", "/sign-in?return_to=/sign-in"]) {
    // From a page without a script: the console would leave for the sign-in by itself.
    await page.goto(`${server.url}/healthz`);
    await page.context().clearCookies();
    await page.goto(`${server.url}/sign-in?${new URLSearchParams({ return_to: wish })}`);
    await fill(page, { "E-mail": EMAIL, Password: PASSWORD });
    await press(page, "Sign in");
    await page.waitForURL(`${server.url}/keys`);
  }
  assert.deepEqual([...page.origins], [server.url]);
  await server.stop();
});

test("too many attempts are told with the minutes to wait", async () => {
  const server = await serve();
  const page = await person(browser);
  await setUp(server, page);
  await signOut(page);
  await page.evaluate(
    async ([email, attempts]) => {
      const headers = { "Content-Type": "application/json", "X-Keystead-Request": "1" };
      const body = JSON.stringify({ email, password: "another password" });
      for (let at = 0; at < attempts; at += 1) await fetch("/v1/sessions", { method: "POST", headers, body });
    },
    [EMAIL, 10],
  );
  await fill(page, { "E-mail": EMAIL, Password: PASSWORD });
  await press(page, "Sign in");
  await page.getByText(/Too many attempts: try again in 1\d minutes/).waitFor();
  await accessible(page, "sign-in-throttled");
  await picture(page, "sign-in-throttled");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("where a provider signs people in, its button comes first, and the password is for the day when it fails", async () => {
  const server = await serve();
  const page = await person(browser);
  const ways = { password: true, oidc: { name: "Example Id", start: "/v1/oidc/start" } };
  await page.route("**/v1/oidc", (route) => route.fulfill({ json: { success: true, data: ways } }));
  await page.goto(`${server.url}/sign-in?return_to=%2Fteams`);
  const button = page.getByRole("link", { name: "Sign in with Example Id" });
  await button.waitFor();
  assert.equal(await button.getAttribute("href"), "/v1/oidc/start?return_to=%2Fteams");
  assert.ok(await page.getByLabel("Password").isVisible());
  await accessible(page, "sign-in-provider");
  await picture(page, "sign-in-provider");
  ways.password = false;
  await page.reload();
  await button.waitFor();
  assert.ok(!(await page.getByLabel("Password").isVisible()));
  await page.getByText("Sign in with a password instead").click();
  assert.ok(await page.getByLabel("Password").isVisible());
  await accessible(page, "sign-in-provider-only");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a second factor is set up, asked for at sign-in, recovered from and switched off", async () => {
  const server = await serve();
  const page = await person(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await setUp(server, page);
  await page.goto(`${server.url}/account/second-factor`);
  await page.getByText("Off: whoever knows your password is in").waitFor();
  await accessible(page, "factor-off");
  await press(page, "Set up");
  const app = new App(await page.locator(".ks-secret").textContent());
  assert.equal(await page.getByRole("img", { name: "The secret as a QR code" }).count(), 1);
  await accessible(page, "factor-begun");
  await picture(page, "factor-begun");
  await fill(page, { [APP_CODE]: "000000" });
  await press(page, "Switch on");
  await wrong(page, APP_CODE);
  await fill(page, { [APP_CODE]: await app.code() });
  await press(page, "Switch on");
  await page.getByText("These recovery codes are shown this once").waitFor();
  const recovery = await page.locator(".ks-codes code").allTextContents();
  assert.equal(recovery.length, 10);
  await accessible(page, "recovery-codes");
  await picture(page, "recovery-codes");
  await press(page, "Copy all");
  await page.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), recovery.join("\n"));
  const taken = page.waitForEvent("download");
  await press(page, "Download");
  assert.equal((await taken).suggestedFilename(), "keystead-recovery-codes.txt");
  await press(page, "I have kept them");
  await page.getByText("Recovery codes left: 10").waitFor();
  const left = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage }));
  assert.ok(!recovery.some((code) => left.includes(code)));
  await signOut(page);

  await signIn(server, page, PASSWORD);
  await page.getByLabel(CODE).waitFor();
  assert.equal(await focused(page), "code");
  await fill(page, { [CODE]: "000000" });
  await press(page, "Sign in");
  await wrong(page, CODE);
  await accessible(page, "sign-in-code");
  await picture(page, "sign-in-code");
  await fill(page, { [CODE]: await app.code() });
  await press(page, "Sign in");
  await isIn(page);

  const other = await person(browser);
  await signIn(server, other, PASSWORD);
  await fill(other, { [CODE]: recovery[0] });
  await press(other, "Sign in");
  await isIn(other);
  await other.goto(`${server.url}/account/second-factor`);
  await other.getByText("Recovery codes left: 9").waitFor();
  await page.goto(`${server.url}/account/sessions`);
  const rows = page.getByRole("list", { name: "Where you are signed in" }).getByRole("listitem");
  await rows.nth(1).waitFor();
  assert.equal(await rows.count(), 2);
  assert.equal(await rows.getByText("This one").count(), 1);
  await accessible(page, "sessions");
  await picture(page, "sessions");
  await page.getByRole("button", { name: /^End the session of/ }).click();
  await rows.nth(1).waitFor({ state: "detached" });
  await other.reload();
  await other.waitForURL(/\/sign-in\?return_to=/);

  // Ten minutes later, as far as the page knows.
  await page.route("**/v1/me", async (route) => {
    const answer = await (await route.fetch()).json();
    answer.data.session.confirmed = false;
    await route.fulfill({ json: answer });
  });
  await page.goto(`${server.url}/account/second-factor`);
  await page.getByText("Recovery codes left: 9").waitFor();
  await press(page, "Switch off");
  const off = page.getByRole("dialog", { name: "Switch the second factor off?" });
  const sure = page.getByRole("dialog", { name: "Is it you?" });
  await off.getByRole("button", { name: "Switch off" }).click();
  await sure.waitFor();
  await accessible(page, "sure");
  await picture(page, "sure");
  await sure.getByRole("button", { name: "Cancel" }).click();
  await sure.waitFor({ state: "detached" });
  await off.getByRole("button", { name: "Switch off" }).click();
  await sure.getByLabel("Password").fill("another password");
  await sure.getByLabel(CODE).fill(recovery[1]);
  await sure.getByRole("button", { name: "Go on" }).click();
  await sure.locator(".ks-wrong").waitFor();
  await sure.getByLabel("Password").fill(PASSWORD);
  await sure.getByRole("button", { name: "Go on" }).click();
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
  await isIn(other);
  await page.goto(`${server.url}/account/password`);
  await fill(page, { "Current password": "another password", "New password": "lakes by the tall trees" });
  await press(page, "Change the password");
  await wrong(page, "Current password");
  assert.equal(await focused(page), "current_password");
  await accessible(page, "password-refused");
  await picture(page, "password-refused");
  await fill(page, { "Current password": PASSWORD });
  await press(page, "Change the password");
  await page.getByText("The password is changed").waitFor();
  assert.equal(await page.getByLabel("New password").inputValue(), "");
  await other.reload();
  await other.waitForURL(/\/sign-in\?return_to=/);
  await page.reload();
  await isIn(page);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a new name shows everywhere at once, and a new e-mail is what one signs in with", async () => {
  const server = await serve();
  const page = await person(browser);
  await setUp(server, page);
  await page.goto(`${server.url}/account`);
  await fill(page, { Name: "Maya Lind", "E-mail": "not an address" });
  await press(page, "Save");
  await wrong(page, "E-mail");
  await accessible(page, "account");
  await picture(page, "account");
  await fill(page, { "E-mail": "lind@example.com" });
  await press(page, "Save");
  await isIn(page, "Maya Lind lind@example.com");
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
  await other.getByLabel("Password").waitFor();
  assert.equal(other.url(), `${server.url}/invitation`);
  await accessible(other, "invitation");
  await picture(other, "invitation");
  await fill(other, { Password: "a lake among the hills" });
  await press(other, "Save and sign in");
  await isIn(other, "Noor noor@example.com");
  await other.goto(link);
  await fill(other, { Password: "a lake among the hills" });
  await press(other, "Save and sign in");
  await other.getByText(/This link does not work any more/i).waitFor();
  assert.deepEqual(other.complaints, []);
  await server.stop();
});
