// `make bench-pages`: how long a first visit takes, from the request for the page to what a person can use. Every visit has a browser profile
// of its own, so nothing is cached; the ceiling is the server's smallest answer, shown by the same browser.

import { holder } from "./host.js";
import { admin, backend, browse, person, serve } from "./kit.js";
import { furnish } from "./stage.js";

const ROUNDS = 11;
const MENU = "button[aria-label^='Actions for']";

const server = await serve();
const browser = await browse();
const first = await person(browser);
await admin(server, first);
const maya = (await first.evaluate(async () => (await (await fetch("/v1/me")).json()).data.user)).id;
const call = backend(server);
await furnish(call, maya);
const { open } = await holder(server, call);
const signedIn = await first.context().storageState();

const pages = {
  "an answer of two words, /healthz": { path: "/healthz", ready: "body" },
  "sign-in, its form": { path: "/sign-in", ready: "input[type=password]" },
  "console, keys listed, with their menus": { path: "/keys", storageState: signedIn, ready: MENU },
  "page behind a portal link, keys listed, with their menus": {
    link: async () => (await open()).url,
    ready: MENU,
  },
};

const times = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, { path, link, storageState, ready }] of Object.entries(pages)) {
    // A link opens once.
    const url = link ? await link() : server.url + path;
    const page = await person(browser, { storageState });
    // Looked for by the page itself, before each picture, from the moment it is asked for.
    await page.addInitScript((selector) => {
      const look = () => {
        if (document.querySelector(selector)) requestAnimationFrame(() => (globalThis.readyAt = performance.now()));
        else requestAnimationFrame(look);
      };
      look();
    }, ready);
    await page.goto(url);
    times[name].push(await (await page.waitForFunction(() => globalThis.readyAt)).jsonValue());
    await page.context().close();
  }

const sorted = Object.entries(times).map(([name, all]) => [name, all.sort((one, other) => one - other)]);
const ceiling = sorted[0][1][ROUNDS >> 1];
console.log(`${ROUNDS} first visits each, in turn, nothing cached\n`);
console.log("| page | median ms | slowest | to the ceiling |\n|---|--:|--:|--:|");
for (const [name, all] of sorted) {
  const median = all[ROUNDS >> 1];
  console.log(`| ${name} | ${median.toFixed(0)} | ${all.at(-1).toFixed(0)} | ${(median / ceiling).toFixed(1)} |`);
}
await browser.close();
await server.stop();
