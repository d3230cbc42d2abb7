// Recovery codes, at the one moment when they are shown.

import { Button } from "@keystead/parts/button.tsx";
import { useEffect, useRef, useState } from "react";
import { words } from "./words.ts";

const text = words.codes;

export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  async function copy() {
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
      setCopied(true);
    } catch {
      // No clipboard without https, and none where the reader said no.
      setCopied(false);
    }
  }
  function take() {
    const url = URL.createObjectURL(new Blob([`${codes.join("\n")}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = text.file;
    link.click();
    // The browser has begun to read it by the end of this turn.
    setTimeout(() => URL.revokeObjectURL(url));
  }
  return (
    <>
      <h3 className="ks-label" ref={title} tabIndex={-1}>
        {text.title}
      </h3>
      <p className="ks-note" data-tone="warn">
        {text.about}
      </p>
      <ul className="ks-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="ks-row">
        <Button onClick={copy}>
          <span aria-live="polite">{copied === null ? text.copy : copied ? text.copied : text.failed}</span>
        </Button>
        <Button onClick={take}>{text.take}</Button>
        <Button kind="primary" onClick={onDone}>
          {text.done}
        </Button>
      </div>
    </>
  );
}
