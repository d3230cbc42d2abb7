// What the window is called, in its tab and in the history.

import { useEffect } from "react";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Keystead" : `${title} · Keystead`;
  }, [title]);
}
