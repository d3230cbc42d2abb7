// Which page stands at which path. What is not asked for is not loaded: each page but the first is a file of its own.

import { useUser } from "@keystead/react";
import { type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Frame } from "./frame/frame.tsx";
import { NAV } from "./frame/nav.ts";
import { ForAdmins, NotFound } from "./frame/trouble.tsx";
import { words } from "./frame/words.ts";
import { KeysPage } from "./keys/page.tsx";
import { useTitle } from "./lib/title.ts";
import { HOME } from "./lib/way.ts";

const ENTRANCES: [string, ComponentType][] = [
  ["/sign-in", lazy(() => import("./enter/sign-in.tsx"))],
  ["/setup", lazy(() => import("./enter/setup.tsx"))],
  ["/invitation", lazy(() => import("./enter/invitation.tsx"))],
];

const PAGES: [string, ComponentType][] = [
  ["/keys", KeysPage],
  ["/teams", lazy(() => import("./teams/page.tsx"))],
  ["/users", lazy(() => import("./users/page.tsx"))],
  ["/usage", lazy(() => import("./usage/page.tsx"))],
  ["/audit", lazy(() => import("./audit/page.tsx"))],
  ["/leaks", lazy(() => import("./leaks/page.tsx"))],
  ["/account", lazy(() => import("./account/page.tsx"))],
  ["/settings", lazy(() => import("./settings/page.tsx"))],
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
