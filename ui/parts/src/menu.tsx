// A menu behind a button: arrows, type-ahead, Esc and focus are Zag's (zagjs.com), which also works in shadow roots.

import * as machine from "@zag-js/menu";
import { normalizeProps, useMachine } from "@zag-js/react";
import { type ReactNode, useId, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useRoot } from "./surface.tsx";

export interface MenuItem {
  id: string;
  text: string;
  tone?: "danger";
  disabled?: boolean;
  onPick: () => void;
}

interface MenuProps {
  /** What the button says to those who don't see it. */
  label: string;
  /** Items, and lines between them. */
  items: readonly (MenuItem | "line")[];
  /** Of the button: `icon` by default. */
  kind?: string;
  children: ReactNode;
}

/** Until it is first opened it is a button and nothing more: a table has one in every row. */
export function Menu(props: MenuProps) {
  const [opened, setOpened] = useState<"by pointer" | "by keys" | null>(null);
  if (opened) return <Opened {...props} byKeys={opened === "by keys"} />;
  const { label, kind = "icon", children } = props;
  return (
    <button
      type="button"
      className="ks-button"
      data-kind={kind}
      part={`button button-${kind}`}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded="false"
      onClick={({ detail }) => setOpened(detail === 0 ? "by keys" : "by pointer")}
      onKeyDown={(event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        setOpened("by keys");
      }}
    >
      {children}
    </button>
  );
}

function Opened({ label, items, kind = "icon", byKeys, children }: MenuProps & { byKeys: boolean }) {
  const root = useRoot();
  const button = useRef<HTMLButtonElement>(null);
  const service = useMachine(machine.machine, {
    id: useId(),
    getRootNode: () => root,
    defaultOpen: true,
    defaultHighlightedValue: byKeys ? (items.find((item) => item !== "line")?.id ?? null) : null,
    positioning: { placement: "bottom-end", strategy: "fixed" },
    onSelect: ({ value }) => {
      // What is opened by an item gives the focus back to where it was: that is here, not in a menu that is gone.
      button.current?.focus();
      items.find((item): item is MenuItem => item !== "line" && item.id === value)?.onPick();
    },
  });
  const menu = machine.connect(service, normalizeProps);
  return (
    <>
      <button
        {...menu.getTriggerProps()}
        ref={button}
        className="ks-button"
        data-kind={kind}
        part={`button button-${kind}`}
        aria-label={label}
      >
        {children}
      </button>
      {menu.open &&
        createPortal(
          <div {...menu.getPositionerProps()}>
            <div {...menu.getContentProps()} role="menu" className="ks-menu" part="menu" aria-label={label}>
              {items.map((item, at) =>
                item === "line" ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a line is nothing but its place
                  <hr key={at} className="ks-menu-line" />
                ) : (
                  <div
                    {...menu.getItemProps({ value: item.id, disabled: item.disabled ?? false })}
                    key={item.id}
                    className="ks-menu-item"
                    part="menu-item"
                    data-tone={item.tone}
                  >
                    {item.text}
                  </div>
                ),
              )}
            </div>
          </div>,
          around(button.current, root),
        )}
    </>
  );
}

/** In the dialog that it was opened from, beside which nothing can be pressed, or on the same ground: a page's landmarks go around it. */
function around(button: Element | null, root: Document | ShadowRoot): Element | DocumentFragment {
  return button?.closest("dialog, .ks-surface") ?? (root instanceof Document ? root.body : root);
}
