// Buttons. One that is busy stays where it is, keeps the focus and says so; it is not pressed a second time.

import type { ComponentProps } from "react";

type Kind = "plain" | "primary" | "danger" | "quiet" | "icon";

export function Button({
  kind = "plain",
  busy = false,
  onClick,
  ...rest
}: ComponentProps<"button"> & { kind?: Kind; busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      className={`ks-button ${rest.className ?? ""}`}
      data-kind={kind}
      part={`button button-${kind}`}
      aria-disabled={busy || rest["aria-disabled"] || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    />
  );
}
