// A line to take along: shown as it is, and copied with one press.

import { useState } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

export function Copyable({ text, label, wrap = false }: { text: string; label: string; wrap?: boolean }) {
  const [state, setState] = useState<"no" | "yes" | "failed">("no");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setState("yes");
    } catch {
      // No clipboard without https, and none where the reader said no.
      setState("failed");
    }
  }
  return (
    <div className="ks-code" part="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <code tabIndex={0} data-wrap={wrap || undefined}>
        {text}
      </code>
      <Button kind="quiet" onClick={copy} aria-label={`Copy ${label}`}>
        <Icon name={state === "yes" ? "check" : "copy"} />
        <span aria-live="polite">
          {state === "yes" ? "Copied" : state === "failed" ? "Select it and copy" : "Copy"}
        </span>
      </Button>
    </div>
  );
}
