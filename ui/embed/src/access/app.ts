// An app that shows the token of an access, and tells it what became of each.

import { KeysteadClientApp } from "@keystead/sdk";
import type { Access } from "./access.ts";
import { bearer, reach } from "./reach.ts";

export function appOf(baseUrl: string, access: Access): KeysteadClientApp {
  const send = reach(baseUrl);
  return new KeysteadClientApp({
    baseUrl,
    token: access.source,
    fetch: async (input, init) => {
      const response = await send(input, init);
      access.judged(bearer(init), response.status);
      return response;
    },
  });
}
