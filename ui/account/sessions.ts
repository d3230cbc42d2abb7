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
  const what = element("strong", {}, session.user_agent ?? "A program");
  const facts = [session.address, `last used ${when(session.last_used)}`].filter(Boolean).join(" · ");
  const text = element("div", {}, what, element("div", { className: "hint" }, facts));
  if (session.current) return element("li", {}, text, element("span", { className: "hint" }, "this one"));
  const end = button("End", "plain", async () => {
    await call("DELETE", `/v1/sessions/${session.id}`);
    await sessions();
  });
  end.setAttribute("aria-label", `End the session of ${session.user_agent ?? "a program"}`);
  return element("li", {}, text, end);
}
