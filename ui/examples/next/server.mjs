// Calls the route handler as Next would, so that the example runs without it. With KEYSTEAD_URL, KEYSTEAD_TOKEN and PORT (7300 and 8080).

import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";

const outfile = join(import.meta.dirname, "dist/route.js");
const entry = join(import.meta.dirname, "app/v1/invoices/[id]/route.ts");
await build({ entryPoints: [entry], outfile, bundle: true, format: "esm", platform: "node", packages: "external" });
const { GET } = await import(outfile);

const server = createServer(async (asked, answer) => {
  const url = new URL(asked.url, "http://localhost");
  const id = /^\/v1\/invoices\/([^/]+)$/.exec(url.pathname)?.[1];
  const request = new Request(url, { method: asked.method, headers: asked.headers });
  const response =
    id && asked.method === "GET"
      ? await GET(request, { params: Promise.resolve({ id }) })
      : new Response(null, { status: 404 });
  answer.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.error(`http://127.0.0.1:${server.address().port}`);
});
