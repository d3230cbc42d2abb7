// Which page stands at which path. What is not asked for is not loaded: each page but the first is a file of its own.

import { useArrived, useUser } from "@keystead/react";
import { type ComponentType, lazy, type ReactNode, Suspense, useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Frame } from "./frame/frame.tsx";
import { NAV } from "./frame/nav.ts";
import { ForAdmins, NotFound } from "./frame/trouble.tsx";
import { words } from "./frame/words.ts";
import { KeysPage } from "./keys/page.tsx";
import { useTitle } from "./lib/title.ts";
import { HOME } from "./lib/way.ts";

type Load = () => Promise<{ default: ComponentType }>;
const LATER: [string, Load][] = [];

const ENTRANCES: [string, ComponentType][] = [
  later("/sign-in", () => import("./enter/sign-in.tsx")),
  later("/setup", () => import("./enter/setup.tsx")),
  later("/invitation", () => import("./enter/invitation.tsx")),
];

const PAGES: [string, ComponentType][] = [
  ["/keys", KeysPage],
  later("/teams", () => import("./teams/page.tsx")),
  later("/users", () => import("./users/page.tsx")),
  later("/usage", () => import("./usage/page.tsx")),
  later("/audit", () => import("./audit/page.tsx")),
  later("/leaks", () => import("./leaks/page.tsx")),
  later("/account", () => import("./account/page.tsx")),
  later("/settings", () => import("./settings/page.tsx")),
];

export function Pages() {
  return (
    <Switch>
      {ENTRANCES.map(([path, Entrance]) => (
        <Route key={path} path={path}>
          <Suspense>
            <Entrance />
          </Suspense>
        </Route>
      ))}
      <Route>
        <Arrived>
          <Frame>
            <Switch>
              <Route path="/">
                <Redirect to={HOME} replace />
              </Route>
              {PAGES.map(([path, Page]) => (
                // A page has an address for each thing in it, and for a part of that.
                <Route key={path} path={`${path}/:id?/:part?`}>
                  <Allowed path={path}>
                    <Page />
                  </Allowed>
                </Route>
              ))}
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Frame>
        </Arrived>
      </Route>
    </Switch>
  );
}

/** What is for admins is not even drawn for others. */
function Allowed({ path, children }: { path: string; children: ReactNode }) {
  const { role } = useUser({ or: "redirect" });
  const page = NAV.find((one) => one.path === path);
  useTitle(page?.text ?? words.nav.account);
  return page?.admin && role !== "admin" ? <ForAdmins /> : children;
}

/** Nothing is drawn before it is known for whom. */
function Arrived({ children }: { children: ReactNode }) {
  return useArrived() ? children : null;
}

/** A page of a file of its own. Once that is loaded it is drawn like any other: React's `lazy` would still wait once for each page. */
function later(path: string, file: Load): [string, ComponentType] {
  let loaded: ComponentType | null = null;
  const load = async () => {
    const module = await file();
    loaded = module.default;
    return module;
  };
  const Later = lazy(load);
  LATER.push([path, load]);
  const Page = () => {
    // For as long as it stands: what has begun as the one must not become the other.
    const [Drawn] = useState(() => loaded ?? Later);
    return <Drawn />;
  };
  return [path, Page];
}

/** Loads the page at this path, so that drawing it waits for nothing. One that cannot be had says so when it is drawn. */
export async function loadPage(at: string): Promise<void> {
  const load = LATER.find(([path]) => at === path || at.startsWith(`${path}/`))?.[1];
  await load?.().catch(() => {});
}

/** Loads all others, before somebody goes there. */
export function loadRest(): void {
  for (const [, load] of LATER) void load().catch(() => {});
}
