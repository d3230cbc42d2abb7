// Keys that do something wherever the focus is, except where one writes. They can be turned off, and stay off in this browser.

import { useEffect, useState } from "react";

const OFF = "keystead-shortcuts-off";

export function useShortcuts(keys: Record<string, (() => void) | null>): [on: boolean, turn: (on: boolean) => void] {
  const [on, setOn] = useState(() => !stored());
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const act = keys[event.key];
      // In a shadow root the document only sees the element that it hangs on.
      const at = event.composedPath()[0];
      if (
        !act ||
        (at instanceof Element && at.closest("input, textarea, select, [contenteditable], dialog, [role=menu]"))
      )
        return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [on, keys]);
  function turn(to: boolean) {
    setOn(to);
    try {
      if (to) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      // A page that may not store anything forgets it.
    }
  }
  return [on, turn];
}

function stored(): boolean {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}
