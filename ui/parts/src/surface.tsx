// The ground that everything of ours stands on, in a document or in a shadow root: it brings the style sheets with it, as constructed
// sheets, which a strict content security policy allows.

import { createContext, type ReactNode, useContext, useLayoutEffect, useRef, useState } from "react";
import controls from "./controls.css";
import overlays from "./overlays.css";
import tabs from "./tabs.css";
import tokens from "./tokens.css";

type Root = Document | ShadowRoot;

const Surroundings = createContext<Root | null>(null);
const sheets = new Map<string, CSSStyleSheet>();

/** The root that our elements are in: what menus ask for elements and focus. */
export function useRoot(): Root {
  return useContext(Surroundings) ?? document;
}

export function Surface(props: { css?: readonly string[]; className?: string; children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  const [root, setRoot] = useState<Root | null>(null);
  const { css = [] } = props;
  useLayoutEffect(() => {
    const found = element.current?.getRootNode() as Root;
    for (const text of [tokens, controls, overlays, tabs, ...css]) adopt(found, text);
    setRoot(found);
  }, [css]);
  return (
    <div ref={element} className={`ks-surface ${props.className ?? ""}`} part="panel">
      {root && <Surroundings.Provider value={root}>{props.children}</Surroundings.Provider>}
    </div>
  );
}

/** Once for each root, however many surfaces stand in it. */
function adopt(root: Root, text: string) {
  let sheet = sheets.get(text);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    sheets.set(text, sheet);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}
