// The one way from these pages to their server: as the person whose session the cookie names.

import { KeysteadClientApp } from "@keystead/sdk";
import { BASE } from "./base.ts";

export const app = new KeysteadClientApp({ baseUrl: location.origin + BASE, session: true });
