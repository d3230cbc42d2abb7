// What the server tells everybody about itself.

import type { Environment } from "@keystead/sdk";
import { useOne } from "../lib/rows.ts";

export interface Beginning {
  prefix: string;
  environment: Environment;
  is_public: boolean;
}

interface Instance {
  version: string;
  /** Those in use, then those that were. */
  prefixes: Beginning[];
  capabilities: string[];
}

export function useInstance() {
  return useOne<Instance>("/.well-known/keystead");
}
