// Teams in the console: made, joined, given permissions, and removed; and what somebody without a permission does not even ask for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, admin, backend, browse, member, person, picture, serve } from "./kit.js";

let browser;

before(async () => {
  browser = await browse();
});

after(() => browser.close());

const part = (page, name) => page.getByRole("navigation", { name: "Parts of the team" }).getByRole("link", { name });
const press = (on, name) => on.getByRole("button", { name, exact: true }).click();

test("an admin makes a team, brings somebody in, says what they may do, and takes them out again", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const noor = await call("POST", "/v1/users", { name: "Noor", email: "noor@example.com" });
  await page.goto(`${server.url}/teams`);
  await page.getByText("No teams yet").waitFor();
  await accessible(page, "teams, none");
  await picture(page, "teams-none");
  await page.getByRole("button", { name: "Create a team" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Acme");
  await dialog.getByLabel("External id").fill("acme");
  await accessible(page, "team, made");
  await press(dialog, "Create a team");
  await page.getByRole("heading", { name: "Acme", level: 1 }).waitFor();
  assert.match(page.url(), /\/teams\/team_[^/]+\/members$/);
  const team = /team_[^/]+/.exec(page.url())[0];

  await press(page, "Add a member");
  await press(dialog, "Add a member");
  await dialog.getByText("Choose somebody.").waitFor();
  await dialog.getByRole("combobox").fill("Noo");
  await dialog.getByRole("option", { name: "Noor" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await accessible(page, "member, picked");
  await dialog.getByRole("option", { name: "Noor" }).click();
  await dialog.getByLabel(/^Manage API keys/).check();
  await picture(page, "team-add");
  await press(dialog, "Add a member");
  const row = page.getByRole("row", { name: /Noor/ });
  await row.getByText("Manage API keys").waitFor();
  assert.deepEqual((await call("GET", `/v1/teams/${team}/members/${noor.id}`)).permissions, ["$manage_api_keys"]);
  await accessible(page, "members");
  await picture(page, "team-members");

  await press(row, "What to do with Noor");
  await page.getByRole("menuitem", { name: "Change role and permissions" }).click();
  assert.ok(await dialog.getByLabel(/^Manage API keys/).isChecked());
  await dialog.getByLabel(/^Admin of the team/).check();
  await press(dialog, "Save");
  await row.getByText("Everything").waitFor();
  await press(row, "What to do with Noor");
  await page.getByRole("menuitem", { name: "Remove from the team" }).click();
  await press(dialog, "Remove from the team");
  await row.waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a team's name, scopes and limits are changed, and a wrong line is told at its field", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  await page.goto(`${server.url}/teams/${team.id}/settings`);
  await page.getByLabel("Name of the team").fill("Acme <b>Corp</b>");
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByRole("heading", { name: "Acme <b>Corp</b>", level: 1 }).waitFor();
  await page.getByLabel("Scopes that keys may have").fill("invoices:read\ninvoices:write");
  await page.getByLabel("Rate limits that all keys share").fill("default 1000");
  await page.getByRole("button", { name: "Save" }).nth(1).click();
  await page.getByText("Each line needs a name").waitFor();
  assert.equal(await page.getByLabel("Scopes that keys may have").inputValue(), "invoices:read\ninvoices:write");
  await accessible(page, "team settings");
  await picture(page, "team-settings");
  await page.getByLabel("Rate limits that all keys share").fill("default 1000 60");
  await page.getByRole("button", { name: "Save" }).nth(1).click();
  await page.getByText("The team is changed").first().waitFor();
  const { scopes_grantable, rate_limits } = await call("GET", `/v1/teams/${team.id}`);
  assert.deepEqual(scopes_grantable, ["invoices:read", "invoices:write"]);
  assert.deepEqual([rate_limits[0].name, rate_limits[0].limit, rate_limits[0].window_s], ["default", 1000, 60]);
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("the keys of a removed team move to whom was chosen, or end", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, page);
  const call = backend(server);
  const [team, other] = [
    await call("POST", "/v1/teams", { name: "Acme" }),
    await call("POST", "/v1/teams", { name: "Beta" }),
  ];
  const moved = await call("POST", `/v1/teams/${team.id}/api-keys`, { description: "moved", expires_at: null });
  await page.goto(`${server.url}/teams/${team.id}/settings`);
  await press(page, "Remove the team");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Move them/).check();
  await press(dialog, "Remove the team");
  await dialog.getByText("Choose who gets the keys.").waitFor();
  await dialog.getByRole("combobox").fill("Bet");
  await dialog.getByRole("option", { name: "Beta" }).click();
  await accessible(page, "team removed");
  await picture(page, "team-remove");
  await press(dialog, "Remove the team");
  await page.waitForURL(`${server.url}/teams`);
  await page.getByRole("link", { name: "Beta" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Acme" }).count(), 0);
  assert.equal((await call("GET", `/v1/api-keys/${moved.id}`)).owner.id, other.id);

  await page.getByRole("link", { name: "Beta" }).click();
  await part(page, "Settings").click();
  await press(page, "Remove the team");
  await press(dialog, "Remove the team");
  await page.getByText("No teams yet").waitFor();
  assert.equal((await call("GET", `/v1/api-keys/${moved.id}`)).status, "revoked");
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("a team member without permission sees no team keys, and no request for them is made", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, await person(browser));
  const call = backend(server);
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  await call("POST", `/v1/teams/${team.id}/api-keys`, { description: "production", expires_at: null });
  const noor = await member(server, page, { name: "Noor", email: "noor@example.com" });
  await call("PUT", `/v1/teams/${team.id}/members/${noor.id}`, {});
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}/teams`);
  await page.getByRole("link", { name: "Acme" }).click();
  await page.getByText("This team's keys are not shown to you").waitFor();
  await accessible(page, "team, no keys");
  await picture(page, "team-no-keys");
  await part(page, "Members").click();
  await page.getByText("The members are not shown to you").waitFor();
  assert.deepEqual(
    asked.filter((path) => path.startsWith(`/v1/teams/${team.id}/`)),
    [],
  );
  assert.equal(await page.getByRole("button", { name: "Add a member" }).count(), 0);

  await call("PUT", `/v1/teams/${team.id}/members/${noor.id}`, { permissions: ["$manage_api_keys", "$read_members"] });
  await page.reload();
  await page.getByRole("row", { name: /Noor/ }).waitFor();
  await part(page, "API keys").click();
  await page.getByText("production").first().waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});

test("somebody leaves a team by themselves, and the team is gone for them", async () => {
  const server = await serve();
  const page = await person(browser);
  await admin(server, await person(browser));
  const call = backend(server);
  const team = await call("POST", "/v1/teams", { name: "Acme" });
  const noor = await member(server, page, { name: "Noor", email: "noor@example.com" });
  await call("PUT", `/v1/teams/${team.id}/members/${noor.id}`, { permissions: ["$read_members"] });
  await page.goto(`${server.url}/teams/${team.id}/members`);
  await press(page.getByRole("row", { name: /Noor/ }), "What to do with Noor");
  await page.getByRole("menuitem", { name: "Leave the team" }).click();
  await press(page.getByRole("dialog"), "Leave the team");
  await page.waitForURL(`${server.url}/teams`);
  await page.getByText("You are in no team").waitFor();
  assert.deepEqual(page.complaints, []);
  await server.stop();
});
