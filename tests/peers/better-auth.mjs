// Better Auth's API-key plugin behind one route, as a backend in Node would ask it: POST / {"key": "…"} → {"valid": true}.
// Arguments: database file, number of keys, file to write them to. Prints its address when it listens.

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";

const [, , file, count, sample] = process.argv;
const database = new Database(file);
// As Better Auth's documentation sets SQLite up; WAL spares it a rollback journal for each of its writes.
database.pragma("journal_mode = WAL");

const auth = betterAuth({
  database,
  baseURL: "http://127.0.0.1",
  secret: "only-for-measuring-0123456789abcdef",
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  telemetry: { enabled: false },
  // Without a limit: its default is ten requests a day.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});

await (await getMigrations(auth.options)).runMigrations();
const { user } = await auth.api.signUpEmail({
  body: { email: "owner@example.com", password: "correct horse battery", name: "Owner" },
});
const keys = [];
for (let n = 0; n < Number(count); n += 1) {
  const made = await auth.api.createApiKey({ body: { userId: user.id, name: `key ${n}` } });
  keys.push(made.key);
}
writeFileSync(sample, `${keys.join("\n")}\n`, { mode: 0o600 });

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    let valid = false;
    try {
      const { key } = JSON.parse(Buffer.concat(parts).toString());
      ({ valid } = await auth.api.verifyApiKey({ body: { key } }));
    } catch {
      response.statusCode = 500;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ valid }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
