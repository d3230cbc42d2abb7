// Keeps a reader on the page until they are done: the way back comes here again, and closing the window asks.

import { useEffect, useRef } from "react";

/** `onStay` is called when somebody went back. The address stays the same, so that no router moves. */
export function useStay(free: boolean, onStay: () => void) {
  const current = useRef({ free, onStay });
  current.current = { free, onStay };
  // React may run an effect twice in a row: what it did first is then kept instead of taken back.
  const held = useRef({ ahead: false, leaving: undefined as ReturnType<typeof setTimeout> | undefined });
  useEffect(() => {
    const state = held.current;
    const here = location.href;
    const hold = () => {
      if (!state.ahead) history.pushState(history.state, "", here);
      state.ahead = true;
    };
    const back = () => {
      state.ahead = false;
      if (current.current.free) return;
      hold();
      current.current.onStay();
    };
    const unload = (event: BeforeUnloadEvent) => {
      if (!current.current.free) event.preventDefault();
    };
    clearTimeout(state.leaving);
    hold();
    addEventListener("popstate", back);
    addEventListener("beforeunload", unload);
    return () => {
      removeEventListener("popstate", back);
      removeEventListener("beforeunload", unload);
      state.leaving = setTimeout(() => state.ahead && location.href === here && history.back());
    };
  }, []);
}
