// A leak, as the server tells it.

import type { Tone } from "@keystead/parts/badge.tsx";
import type { OwnerType } from "@keystead/sdk";

export type Exposure = "local" | "private" | "public";
export type Outcome = "told" | "suspected" | "already_ended" | "secret_ended" | "revoked";
export type State = "open" | "confirmed" | "dismissed";

export interface Leak {
  id: string;
  key: {
    id: string;
    name: string;
    last_four: string | null;
    revoked_at: string | null;
    owner: { type: OwnerType; id: string; name: string };
  };
  former_secret: boolean;
  exposure: Exposure;
  outcome: Outcome;
  state: State;
  note: string | null;
  judged_by: string | null;
  judged_at: string | null;
  first_seen_at: string;
  last_seen_at: string;
  places: number;
  reports: number;
  /** Null in a list. */
  sightings: readonly Sighting[] | null;
}

export interface Sighting {
  /** Does somebody who is known here vouch for it? */
  authenticated: boolean;
  exposure: Exposure;
  first_seen_at: string;
  last_seen_at: string;
  place: Place;
  reporter: string;
  reports: number;
  tool: string | null;
}

export interface Place {
  repository: string | null;
  commit: string | null;
  path: string | null;
  line: number | null;
  url: string | null;
  author: string | null;
  committed_at: string | null;
}

export const exposureTones: Record<Exposure, Tone> = { local: "plain", private: "warn", public: "danger" };
export const outcomeTones: Record<Outcome, Tone> = {
  told: "plain",
  suspected: "warn",
  already_ended: "plain",
  secret_ended: "good",
  revoked: "good",
};

/** What can be followed: an https address that somebody known here vouches for. Everything else is text. */
export function followable({ authenticated, place }: Sighting): string | null {
  if (!authenticated || !place.url || !URL.canParse(place.url)) return null;
  return new URL(place.url).protocol === "https:" ? place.url : null;
}
