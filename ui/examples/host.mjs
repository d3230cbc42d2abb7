// A host application in miniature: pages of a folder, and the one route that a panel needs, which opens a portal session for whoever is
// signed in. Here that is always Robin; yours looks at its own session.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

/** `keystead` is the server's address, `secretKey` a key with keystead:portal and keystead:people:write, `team` the id of a team of Robin's. */
export function host({ keystead, secretKey, team, folder }) {
  const policy = `default-src 'none'; script-src 'self' ${keystead}; style-src 'self'; connect-src 'self' ${keystead}`;

  async function call(method, path, body) {
    const headers = { Authorization: `Bearer ${secretKey}`, "Content-Type": "application/json" };
    const answer = await fetch(keystead + path, { method, headers, body: JSON.stringify(body) });
    const { data, error } = await answer.json();
    if (error) throw new Error(`Keystead: ${error.message}`);
    return data;
  }

  /** A quarter of an hour of Robin's keys, for pages of this origin. */
  async function portalToken(origin) {
    const robin = await call("PUT", "/v1/users/by-external-id/robin", { name: "Robin" });
    const session = await call("POST", `/v1/users/${robin.id}/portal-sessions`, {
      allowed_origin: origin,
      ...(team && { team_id: team }),
    });
    return session.token;
  }

  return createServer(async (asked, answer) => {
    const { pathname } = new URL(asked.url, "http://localhost");
    try {
      if (asked.method === "POST" && pathname === "/portal-token") {
        answer.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" });
        return answer.end(await portalToken(`http://${asked.headers.host}`));
      }
      const name = pathname === "/" ? "index.html" : pathname.slice(1);
      if (!/^[\w-]+(\/[\w-]+)?\.\w+$/.test(name)) throw new Error("no such page");
      const text = readFileSync(join(folder, name), "utf8").replaceAll("{{keystead}}", keystead);
      answer.writeHead(200, {
        "content-type": types[extname(name)] ?? "text/plain",
        "content-security-policy": policy,
      });
      answer.end(text);
    } catch (error) {
      answer.writeHead(500, { "content-type": "text/plain" }).end(error.message);
    }
  });
}
