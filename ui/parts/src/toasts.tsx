// Short news at the edge of the window: what has just been done. Nothing that somebody must read stands only here.

import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";

const SHOWN_MS = 5_000;
const Say = createContext<(text: string) => void>(() => {});

/** Says it to everybody, also to those who don't see it. */
export const useToast = () => useContext(Say);

export function Toasts({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<{ id: number; text: string }[]>([]);
  const next = useRef(0);
  const say = useCallback((text: string) => {
    const id = next.current++;
    setShown((now) => [...now.slice(-2), { id, text }]);
    setTimeout(() => setShown((now) => now.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  return (
    <Say.Provider value={say}>
      {children}
      <div className="ks-toasts" role="status" aria-live="polite">
        {shown.map(({ id, text }) => (
          <div key={id} className="ks-toast" part="toast">
            {text}
          </div>
        ))}
      </div>
    </Say.Provider>
  );
}
