// `make screenshots`: every page of the console at 1280 and 390 px, light and dark, into packaging/screenshots/.

import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { admin, backend, browse, person, serve } from "./kit.js";
import { furnish } from "./stage.js";

const FOLDER = "packaging/screenshots";
const LARGEST = 150 * 1024;

const server = await serve();
const browser = await browse();
const page = await person(browser);
const call = backend(server);
await page.goto(`${server.url}/sign-in`);
await shoot("sign-in");
await admin(server, page);
const { id: maya } = (await page.evaluate(async () => (await (await fetch("/v1/me")).json()).data.user)) ?? {};
const { acme, keys } = await furnish(call, maya);
const leak = (await call("GET", "/v1/leaks"))[0];
for (const [name, path] of [
  ["keys", "/keys"],
  ["keys-all", "/keys?owner=all"],
  ["key", `/keys/${keys.laptop.id}`],
  ["teams", "/teams"],
  ["team", `/teams/${acme.id}`],
  ["users", "/users"],
  ["user", `/users/${maya}`],
  ["user-teams", `/users/${maya}/teams`],
  ["usage", "/usage"],
  ["audit", "/audit"],
  ["leaks", "/leaks"],
  ["leak", `/leaks/${leak.id}`],
  ["settings", "/settings"],
  ["account", "/account"],
]) {
  await page.goto(server.url + path);
  await page.waitForLoadState("networkidle");
  await shoot(name);
}
await browser.close();
await server.stop();

async function shoot(name) {
  mkdirSync(FOLDER, { recursive: true });
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Colours pass over into each other.
      await page.evaluate(() =>
        Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
      );
      const path = join(FOLDER, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path });
      const { size } = statSync(path);
      if (size > LARGEST) {
        rmSync(path);
        throw new Error(`${path} would take ${size} bytes`);
      }
    }
  }
}
