// A server of its own for each test, a browser for all of them, and an authenticator app.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const PICTURES = "target/browser";
const STEP_S = 30;

// The link in what a new server prints, and its end.
export async function serve() {
  const dir = mkdtempSync(join(tmpdir(), "keystead-"));
  const child = spawn(process.env.KEYSTEAD_BIN, ["serve", "--data-dir", join(dir, "data"), "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(dir, { recursive: true });
  };
  for await (const line of createInterface(child.stderr)) {
    const link = /https?:\S+\/setup#token=\S+/.exec(line)?.[0];
    if (link) {
      child.stderr.resume();
      return { link, url: new URL(link).origin, dir: join(dir, "data"), stop };
    }
  }
  throw new Error("the server printed no link");
}

export function browse() {
  // As root, which containers are, Chromium runs only without its own sandbox.
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
}

// A browser of somebody's own, which remembers what pages complained about.
export async function person(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused sign-in is 401, and Chromium says so; everything else is a fault.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) page.complaints.push(message.text());
  });
  return page;
}

// One picture for each width and light, and nothing in it wider than the window.
export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  const before = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) throw new Error(`${name} is ${over} px too wide for ${width} px`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
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
