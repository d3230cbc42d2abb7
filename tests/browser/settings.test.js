// The operator's switches, the prefixes of keys, and roles.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, PASSWORD, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

async function begin(path, options) {
  const server = await serve(options);
  const page = await person(browser);
  await admin(server, page);
  await page.goto(server.url + path);
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  return { server, page };
}

test("a switch is saved by itself, and what the server refuses is told at it", async () => {
  const { server, page } = await begin("/settings");
  const api = backend(server);
  const [never, longest, offered] = ["Keys may never expire", "Longest lifetime, in days", "Offered lifetime, in days"];
  await page.getByLabel(never, { exact: true }).waitFor();
  await accessible(page, "settings");
  await page.getByLabel(never, { exact: true }).click();
  await page.getByText(`Saved: ${never}`).waitFor();
  await page.getByLabel("Who makes live keys").selectOption("admins");
  await page.getByText("Saved: Who makes live keys").waitFor();
  await page.getByLabel(longest, { exact: true }).fill("90");
  await page.keyboard.press("Enter");
  await page.getByText(`Saved: ${longest}`).waitFor();
  const { allow_never, live_keys, max_lifetime_days } = await api("GET", "/v1/settings");
  assert.deepEqual([allow_never.value, live_keys.value, max_lifetime_days.value], [false, "admins", 90]);

  await page.getByLabel(offered, { exact: true }).fill("120");
  await page.keyboard.press("Enter");
  const row = page.getByRole("listitem").filter({ has: page.getByLabel(offered, { exact: true }) });
  await row.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel(offered, { exact: true }).inputValue(), "120");
  assert.equal((await api("GET", "/v1/settings")).default_lifetime_days.value, 0);
  await accessible(page, "settings-refused");
  await picture(page, "settings");
  await page.getByRole("button", { name: `${never}: back to the default` }).click();
  await page.locator("input:checked[name=allow_never]").waitFor();
  assert.equal((await api("GET", "/v1/settings")).allow_never.value, true);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("what the configuration sets is shown as pinned, and cannot be changed here", async () => {
  const { server, page } = await begin("/settings", { env: { KEYSTEAD_POLICY__MAX_LIFETIME_DAYS: "30" } });
  const field = page.getByLabel("Longest lifetime, in days", { exact: true });
  await field.waitFor();
  assert.equal(await field.inputValue(), "30");
  assert.ok(await field.isDisabled());
  const row = page.getByRole("listitem").filter({ has: field });
  await row.getByText("Pinned", { exact: true }).waitFor();
  await row.getByText("The server's configuration sets this").waitFor();
  await accessible(page, "settings-pinned");
  await picture(page, "settings-pinned");
  await server.stop();
});

test("a change of settings asks for the password when it was given some time ago", async () => {
  const { server, page } = await begin("/settings");
  await page.route("**/v1/me", async (route) => {
    const answer = await (await route.fetch()).json();
    answer.data.session.confirmed = false;
    await route.fulfill({ json: answer });
  });
  const people = page.getByLabel("People have API keys", { exact: true });
  await people.click();
  const sure = page.getByRole("dialog", { name: "Is it you?" });
  await sure.getByRole("button", { name: "Cancel" }).click();
  assert.ok(await people.isChecked());
  await people.click();
  await sure.getByLabel("Password").fill(PASSWORD);
  await sure.getByRole("button", { name: "Go on" }).click();
  await page.getByText("Saved: People have API keys").waitFor();
  assert.ok(!(await people.isChecked()));
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("prefixes that are Stripe's too are named, with what to write for own ones; own ones are nobody else's", async () => {
  const { server, page } = await begin("/settings/prefixes");
  await page.getByText("Other scanners take these keys for Stripe's").waitFor();
  assert.equal(await page.getByText("Also Stripe's").count(), 4);
  await page.getByText('secret_live = "acme_sk_live_"').waitFor();
  await accessible(page, "settings-prefixes");
  await picture(page, "settings-prefixes");
  await server.stop();

  const prefixes = { SECRET_LIVE: "acme_sk_live_", SECRET_TEST: "acme_sk_test_", PUBLIC_LIVE: "acme_pk_live_" };
  const own = Object.entries({ ...prefixes, PUBLIC_TEST: "acme_pk_test_" });
  const env = Object.fromEntries(own.map(([name, prefix]) => [`KEYSTEAD_KEYS__PREFIX__${name}`, prefix]));
  const { server: other, page: there } = await begin("/settings/prefixes", { env });
  await there.getByRole("rowheader", { name: "acme_sk_live_" }).waitFor();
  assert.equal(await there.getByText("Stripe").count(), 0);
  await other.stop();
});

test("a role is made, changed and removed, and one that keys bear stays", async () => {
  const { server, page } = await begin("/settings/roles");
  const api = backend(server);
  await page.getByText("No roles yet").waitFor();
  await accessible(page, "settings-roles-empty");
  await page.getByRole("button", { name: "Create a role" }).click();
  const form = page.getByRole("dialog", { name: "Create a role" });
  await form.getByLabel("Name").fill("Not a name");
  await form.getByLabel("Scopes").fill("invoices:read\nreports:*");
  await form.getByRole("button", { name: "Create a role" }).click();
  await form.locator(".ks-wrong").waitFor();
  await accessible(page, "role-refused");
  await picture(page, "role-refused");
  await form.getByLabel("Name").fill("reader");
  await form.getByRole("button", { name: "Create a role" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "reader" });
  await row.getByText("reports:*").waitFor();
  await accessible(page, "settings-roles");
  await picture(page, "settings-roles");
  await page.getByRole("button", { name: "Change reader" }).click();
  await page.getByRole("dialog").getByLabel("What it is for").fill("<b>Reads</b> invoices");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await row.getByText("<b>Reads</b> invoices").waitFor();

  const user = await api("POST", "/v1/users", { external_id: "noor", name: "Noor" });
  const key = { description: "laptop", expires_at: null, roles: ["reader"] };
  const { id } = await api("POST", `/v1/users/${user.id}/api-keys`, key);
  await page.getByRole("button", { name: "Remove reader" }).click();
  const remove = page.getByRole("dialog", { name: "Remove the role reader?" });
  await remove.getByRole("button", { name: "Remove" }).click();
  await remove.getByRole("alert").waitFor();
  await api("PATCH", `/v1/api-keys/${id}`, { roles: [] });
  await remove.getByRole("button", { name: "Remove" }).click();
  await page.getByText("No roles yet").waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("what this server is stands in its settings", async () => {
  const { server, page } = await begin("/settings/about");
  await page.getByText(server.url, { exact: true }).waitFor();
  await page.getByText("Takes reports of leaked keys from everybody").waitFor();
  await accessible(page, "settings-about");
  await picture(page, "settings-about");
  await server.stop();
});
