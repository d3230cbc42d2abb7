// node server.mjs, with KEYSTEAD_URL, KEYSTEAD_TOKEN and PORT (7300 and 8080 by default).

import { host } from "../host.mjs";

const { KEYSTEAD_URL: keystead = "http://127.0.0.1:7300", KEYSTEAD_TOKEN: secretKey, PORT = "8080" } = process.env;
if (!secretKey) throw new Error("KEYSTEAD_TOKEN is missing: keystead admin token prints one");

const server = host({ keystead, secretKey, folder: import.meta.dirname, page: "index.html" });
server.listen(Number(PORT), "127.0.0.1", () => console.error(`http://127.0.0.1:${server.address().port}`));
