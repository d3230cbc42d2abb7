// For working on the pages: serves dist/ as the server would, builds it anew on each change, and passes everything else on to a server.
//
//   node serve.mjs [PORT] [SERVER]        7301 and http://127.0.0.1:7300 by default; start the server with
//                                         KEYSTEAD_HTTP__PUBLIC_URL=http://127.0.0.1:PORT

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, watch } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";

const [port = "7301", server = "http://127.0.0.1:7300"] = process.argv.slice(2);
const dist = join(import.meta.dirname, "dist");
const pages = /^\/(setup|invitation|sign-in|account|keys|teams|users|usage|audit|leaks|settings)?(\/[^.]*)?$/;
const types = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8" };
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

createServer((asked, answer) => {
  const { pathname } = new URL(asked.url, "http://localhost");
  const file = /^\/portal(\/|$)/.test(pathname)
    ? "portal/index.html"
    : pages.test(pathname) && !/^\/sign-in\/./.test(pathname)
      ? "console/index.html"
      : pathname.slice(1);
  const path = join(dist, file);
  if (asked.method === "GET" && path.startsWith(dist) && existsSync(path)) {
    answer.writeHead(200, { "content-type": types[extname(path)] ?? "text/plain", "content-security-policy": csp });
    return answer.end(
      extname(path) === ".html" ? readFileSync(path, "utf8").replaceAll("{{base}}", "") : readFileSync(path),
    );
  }
  const onward = request(server + asked.url, { method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  onward.on("error", () => answer.writeHead(502).end("no server there"));
  asked.pipe(onward);
}).listen(Number(port), "127.0.0.1", () => console.error(`http://127.0.0.1:${port}`));

let waiting;
for (const folder of ["sdk/src", "parts/src", "embed", "console"]) {
  watch(join(import.meta.dirname, folder), { recursive: true }, () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => spawnSync("node", ["build.mjs"], { cwd: import.meta.dirname, stdio: "inherit" }), 150);
  });
}
