// The one way from this application to its Keystead server.

import { KeysteadServerApp } from "@keystead/sdk";

const { KEYSTEAD_URL: baseUrl = "http://127.0.0.1:7300", KEYSTEAD_TOKEN: secretKey = "" } = process.env;

// Callers wait for this: rather a 503 than ten seconds.
export const keystead = new KeysteadServerApp({ baseUrl, secretKey, timeoutMs: 2_000 });
