// Keystead and Better Auth's API-key plugin (Node, better-sqlite3) verify keys side by side: same machine, same run, in turn.
//
//     make peers            or, after `npm ci` here and with wrk installed:
//     node tests/peers/run.mjs [--server target/release/keystead] [--keys 1000] [--seconds 5] [--rounds 3]
//
// wrk asks with 32 connections over HTTP for one valid key after the other; a refusal or an error ends the run. Better Auth is a library:
// it stands behind Node's own HTTP server with one route, in one process, as its documentation shows it. Limits are off on both sides.
// CPU is that of the server's process alone. The table goes to stdout.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const { values: given } = parseArgs({
  options: {
    server: { type: "string", default: join(here, "../../target/release/keystead") },
    keys: { type: "string", default: "1000" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
  },
});
const [keys, seconds, rounds] = [given.keys, given.seconds, given.rounds].map(Number);
const home = mkdtempSync(join(tmpdir(), "keystead-peers-"));
const children = [];

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});
process.on("SIGINT", () => process.exit(2));

const started = (command, args, env, until) =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    child.on("exit", (code) => fail(new Error(`${command} ended (${code}) before it listened`)));
    child.on("error", fail);
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
      const found = until.exec(said);
      if (found) done({ child, url: found[0] });
    });
  });

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

async function keystead() {
  const binary = resolve(given.server);
  const data = join(home, "data");
  const token = (scope) =>
    execFileSync(binary, ["admin", "token", "--name", scope, "--scope", scope, "--data-dir", data], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const [admin, verifier] = [token("keystead:admin"), token("keystead:verify")];
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ["serve", "--data-dir", data, "--listen", url.slice("http://".length)], { stdio: "ignore" });
  children.push(child);
  for (let tries = 0; ; tries += 1) {
    try {
      if ((await fetch(`${url}/readyz`)).ok) break;
    } catch (error) {
      if (tries > 500) throw error;
    }
    await new Promise((again) => setTimeout(again, 20));
  }
  const post = async (path, body) => {
    const headers = { authorization: `Bearer ${admin}`, "content-type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()).data;
  };
  const { id } = await post("/v1/users", { external_id: "owner" });
  const secrets = [];
  for (let n = 0; n < keys; n += 1) {
    secrets.push((await post(`/v1/users/${id}/api-keys`, { name: `key ${n}`, expires_at: null })).secret);
  }
  return { name: "Keystead", child, secrets, url: `${url}/v1/api-keys/verify`, authorization: `Bearer ${verifier}` };
}

async function betterAuth() {
  const sample = join(home, "better-auth.keys");
  const env = { PATH: process.env.PATH, NODE_ENV: "production" };
  const args = [join(here, "better-auth.mjs"), join(home, "better-auth.db"), String(keys), sample];
  const { child, url } = await started(process.execPath, args, env, /http:\S+/);
  return { name: "Better Auth", child, url, secrets: readFileSync(sample, "utf8").trim().split("\n") };
}

// Requests are made before the clock runs. An answer that does not say `"valid":true` is counted as an error.
function script({ secrets, authorization }, file) {
  writeFileSync(`${file}.keys`, `${secrets.join("\n")}\n`, { mode: 0o600 });
  const header = authorization ? `["Authorization"] = "${authorization}", ` : "";
  const text = `
local threads, requests, at = {}, {}, 0
function setup(thread) table.insert(threads, thread) end
function init()
  bad = 0
  for key in io.lines("${file}.keys") do
    requests[#requests + 1] = wrk.format("POST", nil, { ${header}["Content-Type"] = "application/json" }, '{"key": "' .. key .. '"}')
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function response(_, _, body)
  if not body:find('"valid":true', 1, true) then bad = bad + 1 end
end
function done(summary, latency)
  local e, bad = summary.errors, 0
  for _, thread in ipairs(threads) do bad = bad + thread:get("bad") end
  print(string.format("figures %d %d %d %d", summary.requests, summary.duration, latency:percentile(99),
    bad + e.status + e.connect + e.read + e.write + e.timeout))
end
`;
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

// Fields 14 and 15 of proc(5), in hundredths of a second.
function cpuUs({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function load(side, length) {
  const before = cpuUs(side.child);
  const args = ["-c32", "-t1", `-d${length}s`, "-s", side.script, side.url];
  const said = execFileSync("wrk", args, { encoding: "utf8" });
  const [requests, us, p99, failed] = /figures (.*)/.exec(said)[1].split(" ").map(Number);
  if (failed > 0) throw new Error(`${side.name}: ${failed} of ${requests} verifications were not valid`);
  return { rate: (requests / us) * 1e6, cpu: (cpuUs(side.child) - before) / requests, p99: p99 / 1e3 };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const sides = [await keystead(), await betterAuth()];
for (const [n, side] of sides.entries()) {
  side.script = script(side, join(home, `${n}.lua`));
  side.runs = [];
  load(side, 1);
}
for (let round = 1; round <= rounds; round += 1) {
  for (const side of sides) side.runs.push(load(side, seconds));
  console.error(`peers: round ${round} of ${rounds}: ${sides.map((side) => Math.round(side.runs.at(-1).rate)).join(" against ")}/s`);
}
const of = (side, what) => median(side.runs.map((run) => run[what]));
console.log(`${keys} keys, ${cpus().length} processors (${cpus()[0].model}), ${seconds} s each, ${rounds} rounds in turn, medians\n`);
console.log("| verifies | requests/s | p99 ms | CPU µs each | CPU to Keystead |\n|---|--:|--:|--:|--:|");
for (const side of sides) {
  const row = [of(side, "rate").toFixed(0), of(side, "p99").toFixed(2), of(side, "cpu").toFixed(1)];
  console.log(`| ${side.name} | ${row.join(" | ")} | ${(of(side, "cpu") / of(sides[0], "cpu")).toFixed(1)} |`);
}
process.exit(0);
