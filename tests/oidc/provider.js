// A certified OpenID provider on a port of its own, for one test. It prints its port, reads one line of settings (the client's redirect URI
// is known only when the server under test listens), and serves until its standard input ends. Its login page takes the claims of whoever
// is to sign in, as JSON: the test decides who people are.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const accounts = new Map();
let handle = (_request, response) => response.writeHead(503).end();

const server = createServer((request, response) => handle(request, response));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

for await (const line of createInterface({ input: process.stdin })) begin(JSON.parse(line));
process.exit(0);

function begin({ client, lifetime }) {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    scopes: ["openid", "email", "profile", "groups"],
    pkce: { required: () => true },
    cookies: { keys: ["a test's own"] },
    ttl: { IdToken: lifetime ?? 3600, AccessToken: 600, Grant: 600, Interaction: 600, Session: 600 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => accounts.has(id) && { accountId: id, claims: () => accounts.get(id) },
    // Consent is given by signing in.
    async loadExistingGrant(context) {
      const grant = new provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile groups");
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  handle = async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return callback(request, response);
    if (request.method === "GET") return response.end("the login page");
    let body = "";
    for await (const chunk of request) body += chunk;
    const claims = JSON.parse(body);
    if (claims.error) return provider.interactionFinished(request, response, claims);
    accounts.set(claims.sub, claims);
    return provider.interactionFinished(request, response, { login: { accountId: claims.sub } });
  };
}
