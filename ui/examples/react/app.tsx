// An application with Keystead in it: one page that is all ready, and one that is made of hooks.

import { KeysteadProvider } from "@keystead/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import AccountPage from "../samples/account-page.tsx";
import { Boundary } from "./boundary.tsx";
import { HooksPage } from "./hooks.tsx";

const keystead = document.querySelector<HTMLMetaElement>("meta[name=keystead]")?.content ?? "";

/** Of the application's own backend: see ../host.mjs. */
async function portalToken(): Promise<string> {
  const answer = await fetch("/portal-token", { method: "POST" });
  if (!answer.ok) throw new Error("no portal session could be opened");
  return answer.text();
}

function App() {
  const [own, setOwn] = useState(false);
  return (
    <KeysteadProvider baseUrl={keystead} token={portalToken} signInUrl="/sign-in.html" fallback={<p>One moment…</p>}>
      <header>
        <button type="button" onClick={() => setOwn(!own)}>
          {own ? "The account page" : "The same with hooks"}
        </button>
      </header>
      <main>
        <Boundary>{own ? <HooksPage /> : <AccountPage />}</Boundary>
      </main>
    </KeysteadProvider>
  );
}

createRoot(document.getElementById("app") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
