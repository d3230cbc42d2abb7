// node server.mjs, with KEYSTEAD_URL and KEYSTEAD_TOKEN of the server, PORT (8080 by default), and KEYSTEAD_TEAM: a team that Robin is in.

import { host } from "../host.mjs";

const {
  KEYSTEAD_URL: keystead = "http://127.0.0.1:7300",
  KEYSTEAD_TOKEN: secretKey,
  KEYSTEAD_TEAM: team,
  PORT = "8080",
} = process.env;
if (!secretKey) throw new Error("KEYSTEAD_TOKEN is missing: keystead admin token prints one");

const server = host({ keystead, secretKey, team, folder: import.meta.dirname });
server.listen(Number(PORT), "127.0.0.1", () => console.error(`http://127.0.0.1:${server.address().port}`));
