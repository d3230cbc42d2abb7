// A server of its own for each test, a browser for all of them, and an authenticator app.

import { execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const PICTURES = "target/browser";
const STEP_S = 30;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const EMAIL = "maya@example.com";
export const PASSWORD = "tall trees by the lake";

// A new server, the link that it prints, the address that it listens at, and its end. `bin` is another build of it, `env` more configuration.
export async function serve({ bin = process.env.KEYSTEAD_BIN, env = {} } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "keystead-"));
  const data = join(dir, "data");
  const child = spawn(bin, ["serve", "--data-dir", data, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // A test that fails stops nothing: its server must not keep the others from being run, nor outlive them.
  const leave = () => child.kill("SIGKILL");
  process.once("exit", leave);
  const stop = async () => {
    process.off("exit", leave);
    child.ref();
    child.kill("SIGTERM");
    await ended;
    rmSync(dir, { recursive: true });
  };
  let address;
  for await (const line of createInterface(child.stderr)) {
    address ??= /address=(\S+)/.exec(line)?.[1];
    const link = /https?:\S+\/setup#token=\S+/.exec(line)?.[0];
    if (link) {
      child.stderr.resume();
      child.stderr.unref();
      child.unref();
      const url = new URL(link).origin;
      const token = () => execFileSync(bin, ["admin", "token", "--data-dir", data], { encoding: "utf8" }).trim();
      return { link, url, address, dir: data, stop, token };
    }
  }
  throw new Error("the server printed no link");
}

// A backend of that server, with all rights: what its users and teams are made with. Answers `data`, and throws what fails.
export function backend(server) {
  const token = server.token();
  return async (method, path, body) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { success, data, error } = await answer.json();
    if (!success) throw new Error(`${method} ${path}: ${answer.status} ${error.message} ${error.field ?? ""}`);
    return data;
  };
}

// The first admin, signed in by API in the browser of this page.
export async function admin(server, page) {
  const token = new URL(server.link).hash.slice("#token=".length);
  await page.goto(`${server.url}/healthz`);
  const status = await page.evaluate(
    async (body) => {
      const headers = { "Content-Type": "application/json", "X-Keystead-Request": "1" };
      return (await fetch("/v1/setup", { method: "POST", headers, body: JSON.stringify(body) })).status;
    },
    { token, email: EMAIL, name: "Maya", password: PASSWORD },
  );
  if (status !== 201) throw new Error(`setup answered ${status}`);
}

// Somebody who is no admin, signed in by API in the browser of this page.
export async function member(server, page, { name, email }) {
  const call = backend(server);
  const user = await call("POST", "/v1/users", { name, email });
  const { url } = await call("POST", `/v1/users/${user.id}/invitations`, {});
  await page.goto(`${server.url}/healthz`);
  const status = await page.evaluate(
    async (body) => {
      const headers = { "Content-Type": "application/json", "X-Keystead-Request": "1" };
      return (await fetch("/v1/invitations/accept", { method: "POST", headers, body: JSON.stringify(body) })).status;
    },
    { token: new URL(url).hash.slice("#token=".length), password: PASSWORD },
  );
  if (status !== 200 && status !== 201) throw new Error(`the invitation answered ${status}`);
  return user;
}

// WCAG 2.2 AA as far as a program can tell, and what good practice adds.
export async function accessible(page, name) {
  await calm(page);
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  });
  if (violations.length > 0) throw new Error(`${name}: ${violations.join("\n")}`);
}

export function browse() {
  // As root, which containers are, Chromium runs only without its own sandbox.
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
}

// A browser of somebody's own, which remembers what pages complained about.
export async function person(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.origins = new Set();
  context.on("request", (request) => page.origins.add(new URL(request.url()).origin));
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused sign-in is 401, and Chromium says so; everything else is a fault.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) page.complaints.push(message.text());
  });
  return page;
}

const NARROWEST = 320;
const WIDEST = 1600;
const PICTURED = [390, 1280];

// One picture for each width and light, and nothing in it wider than the window, from the narrowest to the widest.
export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  const before = page.viewportSize();
  for (const width of [NARROWEST, WIDEST, ...PICTURED]) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) throw new Error(`${name} is ${over} px too wide for ${width} px`);
    if (!PICTURED.includes(width)) continue;
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await calm(page);
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
  await calm(page);
}

// What moves and comes to an end has come to it: colours between two are nobody's.
function calm(page) {
  return page.evaluate(() => {
    const ends = (one) => one.effect.getComputedTiming().endTime !== Number.POSITIVE_INFINITY;
    return Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished)).then(() => {});
  });
}

// An authenticator app that never shows a code a second time: each is of a step after the last. RFC 6238.
export class App {
  constructor(secret) {
    const digits = [...secret.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c));
    const bits = digits.map((digit) => digit.toString(2).padStart(5, "0")).join("");
    this.key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
    this.last = 0;
  }

  async code() {
    const now = () => Math.floor(Date.now() / 1000 / STEP_S);
    const step = Math.max(now(), this.last + 1);
    // The server takes the next step's code as well, and none after it.
    while (now() + 1 < step) await new Promise((resolve) => setTimeout(resolve, 200));
    this.last = step;
    const counter = Buffer.alloc(8);
    counter.writeBigInt64BE(BigInt(step));
    const mac = createHmac("sha1", this.key).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }
}
