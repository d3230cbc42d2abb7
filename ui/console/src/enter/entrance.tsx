// The ground of the pages that let people in: one card, and nothing else to decide.

import type { ReactNode } from "react";
import { BASE } from "../lib/base.ts";
import { useTitle } from "../lib/title.ts";

export function Entrance({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="ks-entrance">
      <img src={`${BASE}/assets/icon.svg`} alt="Keystead" width="36" height="36" />
      <h1 className="ks-title">{title}</h1>
      {text && <p className="ks-soft">{text}</p>}
      {children}
    </main>
  );
}
