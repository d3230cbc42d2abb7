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
await shoot("sign-in", "/sign-in");
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
  await shoot(name, path);
}
await browser.close();
await server.stop();

async function shoot(name, path) {
  mkdirSync(FOLDER, { recursive: true });
  await page.goto(server.url + path);
  // A page that is not drawn yet would make a fine empty picture.
  await page.getByRole("heading").first().waitFor();
  await page.waitForLoadState("networkidle");
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Colours pass over into each other.
      await page.evaluate(() =>
        Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
      );
      const file = join(FOLDER, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file });
      const { size } = statSync(file);
      if (size > LARGEST) {
        rmSync(file);
        throw new Error(`${file} would take ${size} bytes`);
      }
    }
  }
}
