// Keys that work anywhere in the console. Those of single letters can be switched off (WCAG 2.1.4): then no part of the page, the panel
// included, hears them.

import { useEffect, useRef, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import type { NavPage } from "./nav.ts";

/** Where the panel keeps the same choice: what is there is off. */
const OFF = "keystead-shortcuts-off";
/** So long after `g` a letter means a page. */
const THEN_MS = 1_500;

interface Does {
  palette: () => void;
  help: () => void;
  pages: readonly NavPage[];
}

export function useShortcuts(does: Does): void {
  const [, go] = useLocation();
  const now = useRef(does);
  now.current = does;
  useEffect(() => {
    let went = Number.NEGATIVE_INFINITY;
    function press(event: KeyboardEvent) {
      if (event.isComposing || event.defaultPrevented) return;
      const { palette, help, pages } = now.current;
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        return palette();
      }
      if (!isSingle(event) || types(event)) return;
      if (!singleKeys()) return event.stopImmediatePropagation();
      if (document.querySelector("dialog[open]")) return;
      const page = event.timeStamp - went < THEN_MS ? pages.find(({ letter }) => letter === event.key) : undefined;
      went = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (event.key !== "?" && event.key !== "g" && !page) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.key === "?") help();
      if (page) go(page.path);
    }
    // Before anybody else hears it.
    addEventListener("keydown", press, { capture: true });
    return () => removeEventListener("keydown", press, { capture: true });
  }, [go]);
}

function isSingle(event: KeyboardEvent): boolean {
  return event.key.length === 1 && event.key !== " " && !event.metaKey && !event.ctrlKey && !event.altKey;
}

/** Is it meant for what has the focus? Menus and lists find their items by letters. */
function types({ target }: KeyboardEvent): boolean {
  const element = target instanceof Element ? target : null;
  return Boolean(element?.closest("input, textarea, select, [contenteditable], [role=menu], [role=listbox]"));
}

const listeners = new Set<() => void>();

export function singleKeys(): boolean {
  return localStorage.getItem(OFF) === null;
}

export function keepSingleKeys(on: boolean): void {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
  for (const listener of listeners) listener();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(listen, singleKeys);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
