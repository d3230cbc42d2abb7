// What is being done with a key.

import type { ApiKey } from "@keystead/sdk";

export interface Doing {
  what: "open" | "edit" | "rotate" | "switch" | "revoke";
  key: ApiKey;
}
