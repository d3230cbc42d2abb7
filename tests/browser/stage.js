// An instance that looks lived in: people, teams, keys in every state, uses and leaks. Made over the API, for pictures and for tests of pages.

import { createHash } from "node:crypto";

const DAY_MS = 24 * 60 * 60 * 1000;
const days = (n) => new Date(Date.now() + n * DAY_MS).toISOString();

// `call` is kit's backend(); `maya` the admin's id. Answers what was made.
export async function furnish(call, maya) {
  const people = {};
  for (const [name, email] of [
    ["Ines Okafor", "ines@example.com"],
    ["Tomás Lindqvist", "tomas@example.com"],
    ["Yuki Arai", "yuki@example.com"],
  ]) {
    people[email] = await call("POST", "/v1/users", { name, email });
  }
  const acme = await call("POST", "/v1/teams", {
    name: "Acme Checkout",
    scopes_grantable: ["invoices:read", "invoices:write"],
  });
  const data = await call("POST", "/v1/teams", { name: "Data platform", scopes_grantable: ["events:write"] });
  await call("PUT", `/v1/teams/${acme.id}/members/${maya}`, { role: "admin" });
  await call("PUT", `/v1/teams/${data.id}/members/${maya}`, {
    role: "member",
    permissions: ["$manage_api_keys", "$read_members"],
  });
  for (const { id } of Object.values(people))
    await call("PUT", `/v1/teams/${acme.id}/members/${id}`, { role: "member", permissions: ["$read_members"] });
  await call("PATCH", `/v1/users/${maya}`, { scopes_grantable: ["invoices:read", "invoices:write", "reports:read"] });

  const keys = {};
  const make = async (name, owner, body = {}) => {
    keys[name] = await call("POST", `/v1/${owner.startsWith("team_") ? "teams" : "users"}/${owner}/api-keys`, {
      description: name,
      expires_at: null,
      ...body,
    });
  };
  await make("laptop", maya, { expires_at: days(90), scopes: ["invoices:read"] });
  await make("ci · nightly build", maya, { expires_at: days(6), environment: "test" });
  await make("mobile app", maya, { is_public: true });
  await make("import script", maya, {
    expires_at: days(300),
    restrictions: { ips: ["203.0.113.0/24"], endpoints: ["GET /v1/invoices/*"] },
  });
  await make("old server", maya);
  await make("notebook", maya, { expires_at: days(30) });
  await make("production · checkout", acme.id, {
    scopes: ["invoices:read", "invoices:write"],
    rate_limits: [{ name: "default", limit: 600, window_s: 60 }],
  });
  await make("staging · checkout", acme.id, { environment: "test", expires_at: days(45) });
  await make("event collector", data.id, {
    credits: { remaining: 250000, refill: { amount: 250000, every: "month", day: 1 } },
  });

  for (const [name, uses] of [
    ["laptop", 14],
    ["production · checkout", 42],
    ["import script", 5],
    ["event collector", 23],
    ["notebook", 3],
  ]) {
    const asks = Array.from({ length: uses }, () => ({
      key: keys[name].secret,
      ip: "203.0.113.7",
      method: "GET",
      path: "/v1/invoices/7",
    }));
    for (const ask of asks) await call("POST", "/v1/api-keys/verify", ask);
  }
  await call("POST", `/v1/api-keys/${keys["import script"].id}/rotate`, { grace_s: 86400 });
  await call("DELETE", `/v1/api-keys/${keys["old server"].id}`);
  const sha256 = (secret) => createHash("sha256").update(secret).digest("hex");
  await call("POST", "/v1/leaks", {
    reports: [
      {
        sha256: sha256(keys.notebook.secret),
        exposure: "public",
        tool: "keystead 0.1",
        place: {
          repository: "https://git.example.com/tools/notebooks",
          commit: "9f2c1e7b6a4d",
          path: "analysis/forecast.ipynb",
          line: 18,
          author: "Ines Okafor",
        },
      },
    ],
  });
  return { people, acme, data, keys };
}
