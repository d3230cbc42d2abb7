// Checks a token of Keystead without asking it: copy this file. Node 20 or later, no dependencies. It keeps the published keys and, with
// `verifier`, the list of what was revoked; see /docs/offline for what that means for a revoked key.
//
//   const checker = new OfflineChecker({ server: "https://keys.example.com", audience: "https://api.example.com", verifier: process.env.KEYSTEAD_TOKEN });
//   await checker.refresh(); setInterval(() => checker.refresh().catch(report), 10_000);
//   const { valid, code, claims } = checker.check(token, { ip: request.socket.remoteAddress, scopes: ["invoices:read"] });

import { createPublicKey, verify } from "node:crypto";
import { BlockList, isIP } from "node:net";

/** Seconds by which the clocks of the two sides may differ. */
const LEEWAY_S = 30;
/** Seconds after which a change has no token left that it could end. */
const KEPT_S = 3_600;
/** Milliseconds that a request may take. */
const TIMEOUT_MS = 5_000;

export class OfflineChecker {
  #keys = new Map();
  #changed = new Map();
  #since = 0;
  #listedAt = -Infinity;

  /**
   * @param {object} options
   * @param {string} options.server where Keystead is
   * @param {string} options.audience what this service calls itself, as in the `audience` of the exchange
   * @param {string} [options.issuer] what tokens name as their issuer: the server, unless `offline.issuer` says otherwise
   * @param {"live" | "test"} [options.environment]
   * @param {string} [options.verifier] a key with `keystead:verify`; without it no list is fetched, and a token is believed to its end
   * @param {number} [options.listMaxAgeS] seconds that the list may be old before nobody is believed
   */
  constructor({ server, audience, issuer = server, environment = "live", verifier, listMaxAgeS = 60, now = Date.now }) {
    Object.assign(this, { server, audience, issuer, environment, verifier, listMaxAgeS, now });
  }

  /** Fetches the keys and what was changed since the last time. Throws where that fails; `check` refuses once the list is too old. */
  async refresh() {
    this.takeKeys(await this.#get("/.well-known/jwks.json"));
    if (!this.verifier) return;
    const headers = { authorization: `Bearer ${this.verifier}` };
    let more = true;
    while (more) {
      const { data } = await this.#get(`/v1/revoked?since=${this.#since}`, headers);
      more = this.takeList(data.list);
    }
  }

  async #get(path, headers = {}) {
    const response = await fetch(this.server + path, { headers, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }

  takeKeys(jwks) {
    const usable = jwks.keys.filter((key) => key.kty === "OKP" && key.crv === "Ed25519");
    const open = ({ kty, crv, x }) => createPublicKey({ format: "jwk", key: { kty, crv, x } });
    this.#keys = new Map(usable.map((key) => [key.kid, open(key)]));
  }

  /** Answers whether to ask for more at once. */
  takeList(list) {
    const { claims, code } = this.#open(list, "keystead-revoked+jwt");
    if (code) throw new Error(`the list of what was revoked is not to be believed: ${code}`);
    const { iss, iat, since, next, more, changes } = claims;
    const numbers = [iat, since, next].every(Number.isSafeInteger);
    if (iss !== this.issuer || !numbers || since !== this.#since || iat < this.#listedAt || iat > this.#nowS() + LEEWAY_S) {
      throw new Error("the list of what was revoked is another one, or an old one");
    }
    for (const { sub, rev } of changes) this.#changed.set(sub, { rev, at: iat });
    for (const [sub, { at }] of this.#changed) if (at + KEPT_S < iat) this.#changed.delete(sub);
    this.#since = next;
    if (!more) this.#listedAt = iat;
    return more;
  }

  /** `{valid: true, code: "valid", claims}`, or `{valid: false, code}`. */
  check(token, { ip, scopes = [] } = {}) {
    const { header, claims, code } = this.#open(token, "at+jwt");
    const refused = code ?? this.#refuse(header, claims, ip, scopes);
    return refused ? { valid: false, code: refused } : { valid: true, code: "valid", claims };
  }

  #nowS() {
    return Math.floor(this.now() / 1000);
  }

  #refuse({ crit = [] }, claims, ip, scopes) {
    const now = this.#nowS();
    // What must be understood and is not ours, is not understood.
    if (!Array.isArray(crit) || crit.some((name) => name !== "ips")) return "malformed";
    if (claims.iss !== this.issuer) return "wrong_issuer";
    if (claims.aud !== this.audience) return "wrong_audience";
    if (claims.env !== this.environment) return "wrong_environment";
    if (![claims.exp, claims.iat, claims.rev].every(Number.isSafeInteger)) return "malformed";
    if (claims.exp <= now || claims.iat > now + LEEWAY_S) return "expired";
    if (this.verifier) {
      if (this.#listedAt + this.listMaxAgeS < now) return "stale";
      const over = (subject) => typeof subject !== "string" || this.#changed.get(subject)?.rev > claims.rev;
      if ([claims.client_id, claims.sub, "*"].some(over)) return "revoked";
    }
    if (crit.length > 0 && claims.ips === undefined) return "malformed";
    if (claims.ips !== undefined && !within(claims.ips, ip)) return "ip_denied";
    if (typeof claims.scope !== "string") return "malformed";
    const held = claims.scope.split(" ");
    if (!scopes.every((scope) => held.some((one) => covers(one, scope)))) return "insufficient_scope";
    return undefined;
  }

  /** Header and claims, if the signature is that of a published key. The algorithm is ours to choose, never the token's. */
  #open(text, typ) {
    const parts = typeof text === "string" ? text.split(".") : [];
    const header = read(parts[0]);
    if (parts.length !== 3 || header?.alg !== "EdDSA" || header.typ !== typ) return { code: "malformed" };
    const key = this.#keys.get(header.kid);
    if (!key) return { code: "unknown_key" };
    const signature = decode(parts[2]);
    if (!signature || !verify(null, Buffer.from(`${parts[0]}.${parts[1]}`), key, signature)) return { code: "bad_signature" };
    const claims = read(parts[1]);
    return claims ? { header, claims } : { code: "malformed" };
  }
}

/** base64url without padding, and with nothing else in it. */
function decode(text) {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

/** A JSON object. */
function read(part) {
  try {
    const value = JSON.parse(decode(part).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `invoices:*` covers `invoices:read` and `invoices:archive:read`, `*` everything; nothing else does more than itself. */
function covers(held, wanted) {
  if (held === wanted) return true;
  const above = held.slice(0, -1);
  return (held === "*" || held.endsWith(":*")) && wanted.length > above.length && wanted.startsWith(above);
}

/** Is this address in one of these, as in `203.0.113.9` or `2001:db8::/32`? */
function within(networks, ip) {
  const address = typeof ip === "string" ? ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "") : "";
  if (!isIP(address) || !Array.isArray(networks)) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base, length] = String(network).split("/");
    const family = isIP(base) === 4 ? "ipv4" : "ipv6";
    if (!isIP(base)) continue;
    if (length === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(length), family);
  }
  return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
