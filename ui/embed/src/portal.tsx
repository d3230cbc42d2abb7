// The page behind a portal link: the panel for those who embed nothing.

import { createRoot } from "react-dom/client";
import { Portal } from "./portal/portal.tsx";

const base = document.querySelector<HTMLMetaElement>("meta[name=keystead-base]")?.content ?? "";
const code = location.pathname.startsWith(`${base}/portal/`) ? location.pathname.slice(`${base}/portal/`.length) : "";
// It opens the page once; nothing is to keep it, neither the address bar nor the history.
history.replaceState(null, "", `${base}/portal`);

createRoot(document.getElementById("app") as HTMLElement).render(
  <Portal baseUrl={location.origin + base} code={code} />,
);
