// What stands around every page of somebody who is signed in: the way through the console, who they are, and what works from anywhere.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Waiting } from "@keystead/parts/states.tsx";
import { useUser } from "@keystead/react";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Brand } from "./brand.tsx";
import { navOf } from "./nav.ts";
import { PersonMenu } from "./person.tsx";
import { ReachBanner } from "./reach.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { MOD, ShortcutsDialog } from "./shortcuts-dialog.tsx";
import { Sidebar } from "./sidebar.tsx";
import { Boundary } from "./trouble.tsx";
import { words } from "./words.ts";

const Palette = lazy(() => import("./palette.tsx"));

export function Frame({ children }: { children: ReactNode }) {
  const user = useUser({ or: "redirect" });
  const [open, setOpen] = useState<"palette" | "shortcuts" | "pages" | null>(null);
  const section = useLocation()[0].split("/")[1] ?? "";
  const main = useArrival(section);
  const pages = navOf(user.role);
  const close = useCallback(() => setOpen(null), []);
  const help = useCallback(() => setOpen("shortcuts"), []);
  useShortcuts({
    // Not above another dialog.
    palette: () =>
      setOpen((now) => (now === "palette" ? null : document.querySelector("dialog[open]") ? now : "palette")),
    help,
    pages,
  });
  const search = (
    <Button className="ks-find" onClick={() => setOpen("palette")} aria-keyshortcuts="Control+K Meta+K">
      <Icon name="search" /> <span className="ks-hidden-narrow">{words.search}</span> <kbd>{MOD} K</kbd>
    </Button>
  );
  return (
    <div className="ks-frame">
      <a href="#main" className="ks-skip ks-button">
        {words.skip}
      </a>
      <header className="ks-side">
        <Brand />
        {search}
        <Sidebar pages={pages} />
        <PersonMenu user={user} onShortcuts={help} />
        <Button kind="icon" className="ks-more-pages" aria-label={words.menu} onClick={() => setOpen("pages")}>
          <Icon name="menu" />
        </Button>
      </header>
      <div className="ks-ground">
        <ReachBanner />
        <main id="main" tabIndex={-1} ref={main}>
          <Boundary key={section}>
            <Suspense fallback={<Waiting lines={5} />}>{children}</Suspense>
          </Boundary>
        </main>
      </div>
      {open === "palette" && (
        <Suspense>
          <Palette user={user} onShortcuts={help} onClose={close} />
        </Suspense>
      )}
      {open === "shortcuts" && <ShortcutsDialog pages={pages} onClose={close} />}
      {open === "pages" && (
        <Dialog title={words.pages} side="right" onClose={close}>
          <Sidebar pages={pages} onGo={close} />
        </Dialog>
      )}
    </div>
  );
}

/** Another page begins at its top, and its text is what is read next. */
function useArrival(section: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(section);
  useEffect(() => {
    if (before.current === section) return;
    before.current = section;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [section]);
  return main;
}
