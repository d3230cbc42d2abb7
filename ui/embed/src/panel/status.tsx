// A key's state in a word, and the part of it that may be shown.

import { Badge, type Tone } from "@keystead/parts/badge.tsx";
import { exact } from "@keystead/parts/time.tsx";
import type { ApiKey } from "@keystead/sdk";
import { DAY_MS } from "./expiry.ts";
import { badges, words } from "./words.ts";

const SOON_MS = 14 * DAY_MS;

export function KeyStatus({ of: key, now }: { of: ApiKey; now: Date }) {
  const { text, tone, why } = state(key, now);
  return (
    <Badge tone={tone} title={why}>
      {text}
    </Badge>
  );
}

interface State {
  text: string;
  tone: Tone;
  why?: string | undefined;
}

function state(key: ApiKey, now: Date): State {
  const dead = key.whyInvalid();
  if (dead === "leaked") return { text: badges.leaked, tone: "danger", why: badges.leakedWhy };
  if (dead === "owner-removed") return { text: badges.revoked, tone: "plain", why: badges.removedWhy };
  if (dead === "manually-revoked")
    return { text: badges.revoked, tone: "plain", why: key.revokedAt ? exact(key.revokedAt) : undefined };
  if (dead === "disabled") return { text: badges.disabled, tone: "plain" };
  if (dead === "expired")
    return { text: badges.expired, tone: "plain", why: key.expiresAt ? exact(key.expiresAt) : undefined };
  if (key.expiresAt && key.expiresAt.getTime() - now.getTime() <= SOON_MS)
    return { text: badges.expiresIn(left(key.expiresAt, now)), tone: "warn", why: exact(key.expiresAt) };
  if (key.rotationDue) return { text: badges.rotationDue, tone: "warn", why: badges.rotationDueWhy };
  return { text: badges.active, tone: "good" };
}

function left(at: Date, now: Date): string {
  const minutes = Math.max(1, Math.floor((at.getTime() - now.getTime()) / 60_000));
  if (minutes < 60) return badges.minutes(minutes);
  return minutes < 24 * 60 ? badges.hours(Math.floor(minutes / 60)) : badges.days(Math.floor(minutes / 60 / 24));
}

/** As in `sk_live_•••a8d2`. */
export function masked({ obfuscated: { prefix, lastFour } }: Pick<ApiKey, "obfuscated">): string {
  return prefix === null && lastFour === null ? words.imported : `${prefix ?? ""}•••${lastFour ?? ""}`;
}

/** Can it never work again? */
export const isOver = (key: ApiKey) => key.status === "revoked";
