// The head of a page: where one is, what can be done here, and the way back.

import type { ReactNode } from "react";
import { Link } from "wouter";

interface HeadProps {
  title: ReactNode;
  /** A line below it. */
  about?: ReactNode;
  back?: { to: string; text: string };
  /** Buttons. */
  children?: ReactNode;
}

export function Head({ title, about, back, children }: HeadProps) {
  return (
    <header className="ks-head">
      {back && (
        <Link to={back.to} className="ks-back">
          ← {back.text}
        </Link>
      )}
      <div className="ks-row">
        <h1 className="ks-title ks-grow ks-head-title">{title}</h1>
        {children}
      </div>
      {about && <p className="ks-soft">{about}</p>}
    </header>
  );
}

/** Parts of a page, each with an address of its own. */
export function Parts({
  label,
  parts,
  at,
}: {
  label: string;
  parts: readonly (readonly [string, string])[];
  at: string;
}) {
  return (
    <nav aria-label={label} className="ks-parts">
      {parts.map(([to, text]) => (
        <Link key={to} to={to} aria-current={to === at ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
