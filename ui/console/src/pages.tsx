// Which page stands at which path. What is not asked for is not loaded: each page but the first is a file of its own.

import { Waiting } from "@keystead/parts/states.tsx";
import { type ComponentType, lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { KeysPage } from "./keys/page.tsx";

const PAGES: [string, ComponentType][] = [
  ["/keys", KeysPage],
  ["/teams", lazy(() => import("./teams/page.tsx"))],
  ["/users", lazy(() => import("./users/page.tsx"))],
  ["/usage", lazy(() => import("./usage/page.tsx"))],
  ["/audit", lazy(() => import("./audit/page.tsx"))],
  ["/leaks", lazy(() => import("./leaks/page.tsx"))],
];

export function Pages() {
  return (
    <main>
      <Switch>
        {PAGES.map(([path, Page]) => (
          // A page has an address for each thing in it, and for a part of that.
          <Route key={path} path={`${path}/:id?/:part?`}>
            <Suspense fallback={<Waiting lines={5} />}>
              <Page />
            </Suspense>
          </Route>
        ))}
        <Route>
          <p>There is nothing at this address.</p>
        </Route>
      </Switch>
    </main>
  );
}
