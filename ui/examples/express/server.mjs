// An API of your own in Express: each request needs a key that Keystead finds good. With KEYSTEAD_URL, KEYSTEAD_TOKEN and PORT (7300 and
// 8080 by default).

import { KeysteadServerApp } from "@keystead/sdk";
import { requireApiKey } from "@keystead/sdk/express";
import express from "express";

const { KEYSTEAD_URL = "http://127.0.0.1:7300", KEYSTEAD_TOKEN, PORT = "8080" } = process.env;
if (!KEYSTEAD_TOKEN) throw new Error("KEYSTEAD_TOKEN is missing: keystead admin token prints one");

// Callers wait for this: rather a 503 than ten seconds.
const keystead = new KeysteadServerApp({ baseUrl: KEYSTEAD_URL, secretKey: KEYSTEAD_TOKEN, timeoutMs: 2_000 });
const onError = (error) => console.error("keys cannot be checked:", error.message);

const api = express();

api.get("/v1/invoices", requireApiKey(keystead, { scopes: ["invoices:read"], onError }), (request, response) => {
  const { owner } = request.keystead;
  response.json({ invoices: [], of: owner.displayName });
});

api.post(
  "/v1/invoices",
  requireApiKey(keystead, { scopes: ["invoices:write"], cost: 5, onError }),
  (_request, response) => {
    response.status(201).json({ id: 1 });
  },
);

const server = api.listen(Number(PORT), "127.0.0.1", () => console.error(`http://127.0.0.1:${server.address().port}`));
