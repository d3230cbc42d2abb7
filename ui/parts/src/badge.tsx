// A state in a word and a colour; the word is enough.

import type { ReactNode } from "react";

export type Tone = "plain" | "good" | "warn" | "danger";

export function Badge({
  tone = "plain",
  children,
  title,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string | undefined;
}) {
  return (
    <span className="ks-badge" data-tone={tone} part={`badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}
