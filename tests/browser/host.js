// An application on an origin of its own, with its page and its users' portal sessions: where panels are embedded.

import { createServer } from "node:http";

/** Serves `html` (a function of its own origin and of what it needs to know) with a policy that lets in the Keystead server and nothing else. */
export async function application(server, html, { css = "", scripts = {} } = {}) {
  const policy = `default-src 'none'; script-src 'self' ${server.url}; style-src 'self'; connect-src 'self' ${server.url}; img-src 'self'`;
  let origin;
  const host = createServer(async (asked, answer) => {
    const send = (type, text) => {
      answer.writeHead(200, { "content-type": type, "content-security-policy": policy });
      answer.end(text);
    };
    if (asked.url === "/page.css") return send("text/css", css);
    if (scripts[asked.url]) return send("text/javascript", scripts[asked.url]);
    if (asked.url !== "/") return answer.writeHead(404).end();
    const body = await html(origin);
    send(
      "text/html; charset=utf-8",
      `<!doctype html><html lang="en"><head><title>Application</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/page.css">
<script src="${server.url}/embed/v1/keystead.js" defer></script>
${Object.keys(scripts)
  .map((name) => `<script src="${name}" defer></script>`)
  .join("")}</head><body><main><h1>Application</h1>${body}</main></body></html>`,
    );
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${host.address().port}`;
  return { url: origin, stop: () => new Promise((resolve) => host.close(resolve).closeAllConnections()) };
}

let holders = 0;

/** Somebody with keys, and how their portal sessions are opened and ended. */
export async function holder(server, call, { name = "Robin", keys = ["laptop", "build server"], teams = [] } = {}) {
  holders += 1;
  const user = await call("POST", "/v1/users", { external_id: `holder-${holders}`, name });
  for (const description of keys)
    await call("POST", `/v1/users/${user.id}/api-keys`, { description, expires_at: null });
  for (const team of teams) await call("PUT", `/v1/teams/${team.id}/members/${user.id}`, { role: "admin" });
  const open = (allowed_origin, more = {}) =>
    call("POST", `/v1/users/${user.id}/portal-sessions`, { ...(allowed_origin && { allowed_origin }), ...more });
  const end = async (token) => {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.url}/v1/portal-sessions/current`, { method: "DELETE", headers });
    if (!answer.ok) throw new Error(`ending a portal session answered ${answer.status}`);
  };
  return { user, open, end };
}

/** The panel as its reader uses it: a key is described, made, seen once; another one is revoked. */
export const panel = {
  async describe(page, description) {
    await page.getByRole("button", { name: "Create key" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Description").fill(description);
    await form.getByLabel("Expires", { exact: true }).selectOption({ label: "Never" });
  },
  async make(page) {
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  },
  async take(page) {
    await page.getByLabel("I have stored it").check();
    await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },
  async revoke(page, description) {
    await page.getByRole("button", { name: `Actions for ${description}` }).click();
    await page.getByRole("menuitem", { name: "Revoke…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },
};
