// Tabs after the APG's pattern: one stop for the Tab key, arrows and Home and End between them, and only the picked one's content is there.

import { type KeyboardEvent, type ReactNode, useId } from "react";

export interface Tab {
  id: string;
  text: string;
  content: ReactNode;
}

interface TabsProps {
  /** What they are sections of, for those who don't see it. */
  label: string;
  tabs: readonly Tab[];
  picked: string;
  onPick: (id: string) => void;
}

export function Tabs({ label, tabs, picked, onPick }: TabsProps) {
  const name = useId();
  const shown = tabs.find(({ id }) => id === picked) ?? tabs[0];
  if (!shown) return null;
  function go(event: KeyboardEvent<HTMLElement>) {
    const to = next(event, tabs.indexOf(shown as Tab), tabs.length);
    const tab = to === null ? undefined : tabs[to];
    if (!tab) return;
    event.preventDefault();
    onPick(tab.id);
    event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[to ?? 0]?.focus();
  }
  return (
    <div className="ks-tabs">
      <div className="ks-tablist" part="tabs" role="tablist" aria-label={label} onKeyDown={go}>
        {tabs.map(({ id, text }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`${name}-${id}`}
            className="ks-tab"
            part={id === shown.id ? "tab tab-picked" : "tab"}
            aria-selected={id === shown.id}
            aria-controls={id === shown.id ? `${name}-panel` : undefined}
            tabIndex={id === shown.id ? 0 : -1}
            onClick={() => onPick(id)}
          >
            {text}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a tab's content is the next stop after it */}
      <div key={shown.id} role="tabpanel" id={`${name}-panel`} aria-labelledby={`${name}-${shown.id}`} tabIndex={0}>
        {shown.content}
      </div>
    </div>
  );
}

function next(event: KeyboardEvent<HTMLElement>, at: number, count: number): number | null {
  const turned = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
  if (event.key === "ArrowRight") return (at + turned + count) % count;
  if (event.key === "ArrowLeft") return (at - turned + count) % count;
  if (event.key === "Home") return 0;
  return event.key === "End" ? count - 1 : null;
}
