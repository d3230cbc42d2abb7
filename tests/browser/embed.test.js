// The panel in a page of another origin, without React: <keystead-api-keys>.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { application, holder, panel } from "./host.js";
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

/** Longer than lists wait before they look again. */
const LATER_MS = 31_000;
const RENEWING = "Renewing access to this page…";
const ENDED = "Access has ended";

/** Remembers what the panel tells its page. */
const LISTENING = `globalThis.heard = [];
for (const name of ["token-expired", "ready", "key-created", "key-revoked"])
  document.addEventListener("keystead-" + name, (event) => heard.push({ name, detail: { ...event.detail } }));`;
const heard = (page, name) =>
  page.evaluate((name) => globalThis.heard.filter((event) => event.name === name).map((event) => event.detail), name);
const hears = (page, name) =>
  page.waitForFunction((name) => globalThis.heard.some((event) => event.name === name), name);

/** Answers the panel's question with this expression. */
const answering = (token) =>
  `${LISTENING}
document.addEventListener("keystead-token-expired", (event) => event.detail.respond(${token}));`;

/** Opens a page of an application in a browser, where the time is in our hands. `html` is a function of the page's origin. */
async function visit(t, html, { script = LISTENING, css = ":root { color-scheme: light dark; }", ...options } = {}) {
  const host = await application(server, html, { css, scripts: { "/page.js": script } });
  const page = await person(browser, options);
  t.after(() => Promise.all([host.stop(), page.context().close()]));
  await page.clock.install();
  await page.goto(host.url);
  return { page, host };
}

/** The same, with the panel of somebody who has keys. */
async function embed(t, { attributes = "", keys, ...options } = {}) {
  const who = await holder(server, call, keys && { keys });
  let token;
  const html = async (origin) => {
    token = (await who.open(origin)).token;
    return `<keystead-api-keys token="${token}" ${attributes}></keystead-api-keys>`;
  };
  const { page, host } = await visit(t, html, options);
  await page.getByText(keys?.[0] ?? "build server").waitFor();
  return { page, host, token, who, fresh: async () => (await who.open(host.url)).token };
}

test("one script and one token show a page of another origin its user's keys, under a strict policy", async (t) => {
  const { page, host } = await embed(t);
  assert.equal(await page.getByText("laptop").count(), 1);
  assert.deepEqual(await heard(page, "ready"), [{}]);
  await accessible(page, "embed");
  await picture(page, "embed");
  assert.deepEqual([...page.origins].sort(), [host.url, server.url].sort());
  assert.deepEqual(page.complaints, []);
});

test("keys are made and revoked in the panel, and the page hears which, and never the key itself", async (t) => {
  const { page } = await embed(t, { keys: ["worn out"] });
  const answer = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.status() === 201);
  await panel.describe(page, "embedded");
  await panel.make(page);
  const { data } = await (await answer).json();
  await hears(page, "key-created");
  assert.deepEqual(await heard(page, "key-created"), [{ id: data.id, owner: data.owner.id }]);
  await panel.take(page);
  await page.getByRole("cell", { name: "embedded", exact: true }).waitFor();
  await panel.revoke(page, "worn out");
  await hears(page, "key-revoked");
  assert.deepEqual(Object.keys((await heard(page, "key-revoked"))[0]).sort(), ["id", "owner"]);
  assert.deepEqual(page.complaints, []);
});

test("a page of another origin than the session's is told why it sees nothing, and asked once", async (t) => {
  const who = await holder(server, call);
  const { token } = await who.open("https://other.example.com");
  const { page } = await visit(t, () => `<keystead-api-keys token="${token}"></keystead-api-keys>`, {
    script: answering(`"${(await who.open("https://other.example.com")).token}"`),
  });
  await page.getByText("allowed_origin").waitFor();
  assert.equal(await page.getByText("laptop").count(), 0);
  assert.equal((await heard(page, "token-expired")).length, 1);
  await accessible(page, "embed-foreign");
  await picture(page, "embed-foreign");
});

test("when a token has ended the page is asked for another, and what was typed stays", async (t) => {
  const script = answering("new Promise((resolve) => { globalThis.answer = resolve; })");
  const { page, token, who, fresh } = await embed(t, { script });
  await panel.describe(page, "half-written");
  await who.end(token);
  await page.clock.fastForward(LATER_MS);
  await hears(page, "token-expired");
  assert.deepEqual(
    (await heard(page, "token-expired")).map(({ stale }) => stale),
    [token],
  );
  await page.getByText(RENEWING).waitFor();
  await page.evaluate((token) => globalThis.answer(token), await fresh());
  await page.getByText(RENEWING).waitFor({ state: "detached" });
  await panel.make(page);
  await panel.take(page);
  await page.getByRole("cell", { name: "half-written", exact: true }).waitFor();
  assert.equal((await heard(page, "token-expired")).length, 1);
  // That the line to an ended session is cut is all that the browser says of it.
  assert.deepEqual(
    page.complaints.filter((text) => !/CORS|ERR_FAILED/.test(text)),
    [],
  );
});

test("a page that has no token that works is asked once, and the panel goes on when it has one", async (t) => {
  const { page, token, who, fresh } = await embed(t, { script: answering('"ptl_" + "A".repeat(43)') });
  // Another session of this page lives, so it may read that this one has ended.
  await fresh();
  await who.end(token);
  await page.clock.fastForward(LATER_MS);
  await page.getByText(ENDED).waitFor();
  assert.equal(await page.getByText("build server").count(), 1);
  await accessible(page, "embed-ended");
  await picture(page, "embed-ended");
  for (let round = 0; round < 3; round += 1) await page.clock.fastForward(LATER_MS);
  assert.equal((await heard(page, "token-expired")).length, 1);

  await call("POST", `/v1/users/${who.user.id}/api-keys`, { description: "made meanwhile", expires_at: null });
  const element = page.locator("keystead-api-keys");
  await element.evaluate((element, token) => element.setAttribute("token", token), await fresh());
  await page.getByText("made meanwhile").waitFor();
  assert.equal(await page.getByText(ENDED).count(), 0);
  assert.equal((await heard(page, "token-expired")).length, 1);
});

test("a page that says nothing is waited for, and its reader can ask again", async (t) => {
  const { page, token, who, fresh } = await embed(t);
  await who.end(token);
  await page.clock.fastForward(LATER_MS);
  await page.getByText(RENEWING).waitFor();
  await page.clock.fastForward(LATER_MS);
  await page.getByText(ENDED).waitFor();
  await page.evaluate(
    (token) => {
      document
        .querySelector("keystead-api-keys")
        .addEventListener("keystead-token-expired", ({ detail }) => detail.respond(token));
    },
    await fresh(),
  );
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText(ENDED).waitFor({ state: "detached" });
});

test("a page that cancels the question shows its own news, and gives the token whenever it has it", async (t) => {
  const script = `${LISTENING}
document.addEventListener("keystead-token-expired", (event) => event.preventDefault());`;
  const { page, token, who, fresh } = await embed(t, { script });
  await who.end(token);
  await page.clock.fastForward(LATER_MS);
  await hears(page, "token-expired");
  await page.clock.fastForward(LATER_MS);
  assert.equal(await page.getByText(RENEWING).count(), 0);
  assert.equal(await page.getByText(ENDED).count(), 0);
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/v1/me") && answer.ok());
  const next = await fresh();
  await page.locator("keystead-api-keys").evaluate((element, token) => element.setAttribute("token", token), next);
  await answered;
});

test("a function that fetches tokens is enough, set before the script or after", async (t) => {
  for (const set of ["", "document.addEventListener('DOMContentLoaded', () => setTimeout(() => {"]) {
    const who = await holder(server, call);
    let tokens;
    const { page } = await visit(
      t,
      async (origin) => {
        tokens = [(await who.open(origin)).token, (await who.open(origin)).token];
        return `<keystead-api-keys data-tokens="${tokens}"></keystead-api-keys>`;
      },
      {
        script: `${LISTENING}${set}
const tokens = document.querySelector("keystead-api-keys").dataset.tokens.split(",");
document.querySelector("keystead-api-keys").getToken = async () => tokens.shift();${set && "}))"}`,
      },
    );
    await page.clock.runFor(100);
    await page.getByText("build server").waitFor();
    await who.end(tokens[0]);
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/v1/me") && answer.ok());
    await page.clock.fastForward(LATER_MS);
    await answered;
    assert.equal(await page.getByText(ENDED).count(), 0);
  }
});

test("custom properties and parts give the panel the page's look", async (t) => {
  const css = `keystead-api-keys { --keystead-accent: rgb(120, 40, 200); --keystead-radius: 3px; color-scheme: dark; }
keystead-api-keys::part(button-primary) { letter-spacing: 2px; }`;
  const { page } = await embed(t, { css });
  const button = page.getByRole("button", { name: "Create key" }).first();
  const look = await button.evaluate((element) => {
    const { backgroundColor, borderTopLeftRadius, letterSpacing, colorScheme } = getComputedStyle(element);
    return { backgroundColor, borderTopLeftRadius, letterSpacing, colorScheme };
  });
  assert.deepEqual(look, {
    backgroundColor: "rgb(120, 40, 200)",
    borderTopLeftRadius: "3px",
    letterSpacing: "2px",
    colorScheme: "dark",
  });
});

test("several panels stand on one page, hear of each other's changes, and are moved and taken out", async (t) => {
  const who = await holder(server, call, { keys: ["shared"] });
  const { page } = await visit(t, async (origin) => {
    const element = `<keystead-api-keys token="${(await who.open(origin)).token}"></keystead-api-keys>`;
    return `<section class="left">${element}</section><section class="right">${element}</section>`;
  });
  const [left, right] = [page.locator(".left"), page.locator(".right")];
  await right.getByText("shared").waitFor();
  await left.getByText("shared").waitFor();
  await panel.revoke(left, "shared");
  await hears(page, "key-revoked");
  await panel.describe(left, "from the left");
  await panel.make(left);
  await panel.take(left);
  await right.getByRole("cell", { name: "from the left", exact: true }).waitFor();

  // What is moved stays as it is; what is taken out asks nobody any more.
  await page.evaluate(() => {
    const element = document.querySelector(".left keystead-api-keys");
    element.shadowRoot.firstElementChild.mark = "the same";
    document.querySelector(".right").append(element);
  });
  await right.getByRole("cell", { name: "from the left", exact: true }).nth(1).waitFor();
  assert.equal(
    await page.evaluate(() => document.querySelectorAll("keystead-api-keys")[1].shadowRoot.firstElementChild.mark),
    "the same",
  );
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("keystead-api-keys")) element.remove();
  });
  // Cleaning up is done after the next frame.
  await page.clock.runFor(1_000);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.clock.fastForward(LATER_MS);
  assert.deepEqual(asked, []);
  assert.deepEqual(page.complaints, []);
});

test("a team's panel shows the team's keys, and another team's nothing", async (t) => {
  const [ours, theirs] = [
    await call("POST", "/v1/teams", { name: "Ours" }),
    await call("POST", "/v1/teams", { name: "Theirs" }),
  ];
  await call("POST", `/v1/teams/${ours.id}/api-keys`, { description: "deploys of ours", expires_at: null });
  const who = await holder(server, call, { teams: [ours] });
  const { page } = await visit(t, async (origin) => {
    const { token } = await who.open(origin, { team_id: ours.id });
    return `<keystead-api-keys token="${token}" team="${ours.id}"></keystead-api-keys>`;
  });
  await page.getByText("deploys of ours").waitFor();
  const element = page.locator("keystead-api-keys");
  await element.evaluate((element, id) => element.setAttribute("team", id), theirs.id);
  await page.getByText("These keys cannot be shown here").waitFor();
  await element.evaluate((element) => element.removeAttribute("team"));
  await page.getByText("laptop").waitFor();
  assert.equal(await page.getByText("deploys of ours").count(), 0);
});
