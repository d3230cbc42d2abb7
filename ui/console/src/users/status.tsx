// Whether somebody is in, not yet in, or kept out.

import { Badge, type Tone } from "@keystead/parts/badge.tsx";
import type { WireUser } from "@keystead/sdk";
import { words } from "./words.ts";

const tones: Record<WireUser["status"], Tone> = { active: "good", invited: "plain", suspended: "warn" };

export function StatusBadge({ status }: { status: WireUser["status"] }) {
  return <Badge tone={tones[status]}>{words.statuses[status]}</Badge>;
}
