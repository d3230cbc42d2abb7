// What stands where data will be, is not, or could not be had.

import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

/** Nothing is here yet: what this place is for, and the first step. */
export function Blank({ icon, title, children }: { icon: IconName; title: ReactNode; children?: ReactNode }) {
  return (
    <div className="ks-blank" part="blank">
      <span className="ks-soft">
        <Icon name={icon} size={28} />
      </span>
      <div className="ks-label">{title}</div>
      {children}
    </div>
  );
}

/** It could not be had: why, in the server's words, and how to try again. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const offline = typeof navigator !== "undefined" && !navigator.onLine;
  const request = error instanceof Error && "requestId" in error && error.requestId ? String(error.requestId) : null;
  return (
    <div className="ks-note" data-tone="danger" role="alert" part="failed">
      <Icon name={offline ? "offline" : "alert"} />
      <div className="ks-grow">
        <p>{offline ? "You are offline. This goes on as soon as the connection is back." : words(error)}</p>
        {request && <p className="ks-hint">Request {request}</p>}
      </div>
      {onRetry && !offline && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** The sentence of an error that people may read. */
export function words(error: unknown): string {
  return error instanceof Error && error.name === "ApiError"
    ? sentence(error.message)
    : "Something went wrong on this page. Try again.";
}

/** The server's messages go on after a field's name; alone they begin and end as sentences do. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** Lines where text will be. */
export function Waiting({ lines = 3 }: { lines?: number }) {
  const widths = [72, 54, 63, 46, 58];
  return (
    <div className="ks-stack" aria-busy="true" role="status">
      <span className="ks-hidden">Loading…</span>
      {Array.from({ length: lines }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are nothing but their places
        <span key={at} className="ks-bone" style={{ width: `${widths[at % widths.length]}%` }} />
      ))}
    </div>
  );
}
