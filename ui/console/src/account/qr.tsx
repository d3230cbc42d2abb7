// A QR code, drawn here: what is in it is a secret and goes to nobody.

import { useMemo } from "react";
import { encode } from "uqr";
import { words } from "./words.ts";

export function Qr({ text }: { text: string }) {
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { ecc: "M", border: 4 });
    const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size, path: dark.join("") };
  }, [text]);
  return (
    <svg viewBox={`0 0 ${size} ${size}`} className="ks-qr" role="img" aria-label={words.factor.qr}>
      <path d={path} />
    </svg>
  );
}
