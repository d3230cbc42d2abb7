// Which page stands at which path.

import { Route, Switch } from "wouter";
import { KeysPage } from "./keys/page.tsx";

export function Pages() {
  return (
    <Switch>
      <Route path="/keys/:id?" component={KeysPage} />
      <Route>
        <p>There is nothing at this address.</p>
      </Route>
    </Switch>
  );
}
