// The list of sessions, and ending them.

import { call } from "./api";
import { button, element, guarded, one, when } from "./dom";

interface Session {
  id: string;
  last_used: string;
  address: string | null;
  user_agent: string | null;
  current: boolean;
}

// As many as one person can have.
const MOST = 50;

export async function sessions(): Promise<void> {
  const all = await call<Session[]>("GET", `/v1/sessions?limit=${MOST}`);
  one("#sessions ul").replaceChildren(...all.map(row));
  const others = one<HTMLButtonElement>("[data-end-others]");
  others.hidden = all.length < 2;
  others.onclick = () =>
    guarded(others, async () => {
      await call("DELETE", "/v1/sessions");
      await sessions();
    });
}

function row(session: Session): HTMLElement {
  const name = program(session.user_agent ?? "");
  const what = element("strong", { title: session.user_agent ?? "" }, name);
  const facts = [session.address, `last used ${when(session.last_used)}`].filter(Boolean).join(" · ");
  const text = element("div", {}, what, element("div", { className: "hint" }, facts));
  if (session.current) return element("li", {}, text, element("span", { className: "hint" }, "this one"));
  const end = button("End", "plain", async () => {
    await call("DELETE", `/v1/sessions/${session.id}`);
    await sessions();
  });
  end.setAttribute("aria-label", `End the session of ${name}`);
  return element("li", {}, text, end);
}

// As people know it. Browsers name others beside themselves: the first that fits is the one.
function program(agent: string): string {
  const first = (names: [string, RegExp][]) => names.find(([, pattern]) => pattern.test(agent))?.[0];
  const browser = first([
    ["Edge", /\bEdg/],
    ["Opera", /\bOPR\//],
    ["Firefox", /\bFirefox\//],
    ["Chrome", /Chrome\//],
    ["Safari", /\bSafari\//],
  ]);
  const system = first([
    ["Android", /Android/],
    ["iPhone", /iPhone/],
    ["iPad", /iPad/],
    ["Windows", /Windows/],
    ["macOS", /Mac OS X/],
    ["Linux", /Linux/],
  ]);
  if (browser === undefined) return agent === "" ? "A program" : agent;
  return system === undefined ? browser : `${browser} on ${system}`;
}
