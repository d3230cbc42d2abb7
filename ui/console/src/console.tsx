// The management screen. Every page of it is made here; the server sends one HTML page for all of them.

import { Surface } from "@keystead/parts/surface.tsx";
import { Toasts } from "@keystead/parts/toasts.tsx";
import { KeysteadProvider } from "@keystead/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { Boundary } from "./frame/trouble.tsx";
import { app } from "./lib/app.ts";
import { BASE } from "./lib/base.ts";
import { inside } from "./lib/way.ts";
import { loadPage, loadRest, Pages } from "./pages.tsx";

/** When the first page has got what it asks for, on any machine that is in use. */
const SETTLED_MS = 2_000;

await loadPage(inside(location.pathname));
createRoot(document.getElementById("app") as HTMLElement).render(
  <StrictMode>
    <Surface>
      <Toasts>
        <KeysteadProvider app={app}>
          <Router base={BASE}>
            <Boundary>
              <Pages />
            </Boundary>
          </Router>
        </KeysteadProvider>
      </Toasts>
    </Surface>
  </StrictMode>,
);
setTimeout(loadRest, SETTLED_MS);
