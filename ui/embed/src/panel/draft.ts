// What somebody has filled in for a key, as they wrote it, and what is sent of it. Pure.

import type {
  ApiKey,
  ApiKeyCreationOptions,
  ApiKeyUpdateOptions,
  Credits,
  Environment,
  RateLimit,
} from "@keystead/sdk";
import { type Expiry, expiresAt } from "./expiry.ts";
import type { Terms } from "./subject.ts";

/** A rate limit in the making; what the form doesn't show is carried along. */
export type LimitDraft = Omit<RateLimit, "limit"> & { limit: string; id: number };

export interface Draft {
  description: string;
  environment: Environment;
  isPublic: boolean;
  expiry: Expiry;
  /** Lists are as they are written: one per line. */
  scopes: string;
  ips: string;
  referrers: string;
  endpoints: string;
  limits: LimitDraft[];
  credits: string;
  refill: "" | "day" | "month";
  refillAmount: string;
  refillDay: string;
}

export function blank(terms: Terms): Draft {
  return {
    description: "",
    environment: terms.live ? "live" : "test",
    isPublic: false,
    expiry: { choice: terms.defaultDays > 0 ? terms.defaultDays : "", date: "" },
    scopes: "",
    ips: "",
    referrers: "",
    endpoints: "",
    limits: [],
    credits: "",
    refill: "",
    refillAmount: "",
    refillDay: "",
  };
}

export function draftOf(key: ApiKey): Draft {
  const { credits, restrictions } = key;
  return {
    description: key.description,
    environment: key.environment,
    isPublic: key.isPublic,
    expiry: { choice: "keep", date: "" },
    scopes: key.scopes.join("\n"),
    ips: restrictions.ips.join("\n"),
    referrers: restrictions.referrers.join("\n"),
    endpoints: restrictions.endpoints.join("\n"),
    limits: key.rateLimits.map((limit, id) => ({ ...limit, limit: String(limit.limit), id })),
    credits: credits ? String(credits.remaining) : "",
    refill: credits?.refill?.every ?? "",
    refillAmount: credits?.refill ? String(credits.refill.amount) : "",
    refillDay: credits?.refill?.day ? String(credits.refill.day) : "",
  };
}

export const lines = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

export function creation(draft: Draft, terms: Terms, now: Date): ApiKeyCreationOptions {
  const [scopes, limits, credit] = [lines(draft.scopes), rateLimits(draft), credits(draft)];
  const { description: _, ...rest } = settings(draft, now);
  return {
    description: draft.description.trim(),
    expiresAt: null,
    ...rest,
    environment: draft.environment,
    isPublic: draft.isPublic,
    ...(scopes.length > 0 && { scopes }),
    ...(terms.maySetTerms && limits.length > 0 && { rateLimits: limits }),
    ...(terms.maySetTerms && credit && { credits: credit }),
  };
}

/** Only what differs is sent: nobody is refused for what they left as it was, and a spent credit isn't given back. */
export function change(draft: Draft, key: ApiKey, now: Date): ApiKeyUpdateOptions {
  const before = draftOf(key);
  const changed = (...names: (keyof Draft)[]) =>
    names.some((name) => JSON.stringify(draft[name]) !== JSON.stringify(before[name]));
  const all = settings(draft, now);
  return {
    ...(changed("description") && { description: draft.description.trim() }),
    ...(all.expiresAt !== undefined && { expiresAt: all.expiresAt }),
    ...(changed("scopes") && { scopes: lines(draft.scopes) }),
    ...(changed("ips", "referrers", "endpoints") && { restrictions: all.restrictions }),
    ...(changed("limits") && { rateLimits: rateLimits(draft) }),
    ...(changed("credits", "refill", "refillAmount", "refillDay") && { credits: credits(draft) }),
  };
}

function settings(draft: Draft, now: Date) {
  const at = expiresAt(draft.expiry, now);
  const [ips, referrers, endpoints] = [lines(draft.ips), lines(draft.referrers), lines(draft.endpoints)];
  return {
    description: draft.description,
    ...(at !== undefined && { expiresAt: at }),
    restrictions: { ips, referrers, endpoints },
  };
}

function rateLimits({ limits }: Draft): RateLimit[] {
  return limits.map(({ id: _, ...limit }) => ({ ...limit, limit: Number(limit.limit) }));
}

function credits({ credits, refill, refillAmount, refillDay }: Draft): Credits | null {
  if (credits.trim() === "") return null;
  const day = refill === "month" && refillDay.trim() !== "" ? Number(refillDay) : null;
  return {
    remaining: Number(credits),
    refill: refill === "" ? null : { amount: Number(refillAmount), every: refill, ...(day !== null && { day }) },
  };
}
