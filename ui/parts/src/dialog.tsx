// Dialogs and drawers on the platform's own <dialog>: it traps the focus, gives it back, and stands above everything, in shadow roots too.

import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface DialogProps {
  title: string;
  /** Esc, the cross, a click beside it. Without it the dialog is closed by what stands in it, and by nothing else. */
  onClose?: (() => void) | undefined;
  /** Where there is no onClose: somebody tried to leave. Say why they cannot yet. */
  onStay?: (() => void) | undefined;
  side?: "right";
  children: ReactNode;
}

/** Open as long as it is mounted. */
export function Dialog({ title, onClose, onStay, side, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const name = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // React's autoFocus comes before there is anything to see; without this it would be the cross.
    dialog?.querySelector<HTMLElement>("[data-first]")?.focus();
    // Closing before it is taken out gives the focus back to where it was.
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className="ks-dialog"
      part="dialog"
      data-side={side}
      aria-labelledby={name}
      onKeyDown={(event) => {
        // Browsers close a dialog on the second Esc, whatever `cancel` said to the first.
        if (event.key !== "Escape" || onClose) return;
        event.preventDefault();
        onStay?.();
      }}
      onCancel={(event) => {
        event.preventDefault();
        if (event.target === event.currentTarget) onClose?.();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget && outside(event.currentTarget, event)) (onClose ?? onStay)?.();
      }}
    >
      <div className="ks-dialog-head">
        <h2 id={name} className="ks-title ks-grow">
          {title}
        </h2>
        {onClose && (
          <Button kind="icon" aria-label="Close" onClick={onClose}>
            <Icon name="cross" />
          </Button>
        )}
      </div>
      <div className="ks-dialog-body">{children}</div>
    </dialog>
  );
}

function outside(element: Element, at: { clientX: number; clientY: number }): boolean {
  const box = element.getBoundingClientRect();
  return at.clientX < box.left || at.clientX > box.right || at.clientY < box.top || at.clientY > box.bottom;
}
