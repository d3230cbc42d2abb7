// What tests/http/offline_node.rs speaks with: one JSON object a line in, one out.

import { createInterface } from "node:readline";

import { OfflineChecker } from "../../clients/node/offline.mjs";

let now = 0;
let checker;

async function answer(asked) {
  now = asked.now ?? now;
  if (asked.options) checker = new OfflineChecker({ ...asked.options, now: () => now });
  if (asked.keys) checker.takeKeys(asked.keys);
  if (asked.refresh) await checker.refresh();
  return asked.token === undefined ? {} : checker.check(asked.token, asked.caller);
}

for await (const line of createInterface({ input: process.stdin })) {
  const answered = await answer(JSON.parse(line)).catch((error) => ({ error: error.message }));
  console.log(JSON.stringify(answered));
}
