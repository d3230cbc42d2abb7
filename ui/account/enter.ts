// How people come in: the first admin, an invited person, and whoever has a password.

import { call, Failure } from "./api";
import { element, one } from "./dom";
import { onSubmit, reveal, show, type Values } from "./form";

export function setup(): void {
  byLink("/v1/setup", "This link is not whole: open it as the server printed it, with everything behind the #.");
}

export function invitation(): void {
  byLink(
    "/v1/invitations/accept",
    "This link is not whole: open it as it was sent to you, with everything behind the #.",
  );
}

interface Ways {
  password: boolean;
  oidc: { name: string; start: string } | null;
}

export async function signIn(): Promise<void> {
  enterWith(theForm(), (values) => call("POST", "/v1/sessions", values));
  const { oidc } = await call<Ways>("GET", "/v1/oidc");
  if (oidc === null) return;
  const link = element("a", { href: `${oidc.start}?return_to=/account` }, `Sign in with ${oidc.name}`);
  const place = one("#provider");
  place.append(link);
  place.hidden = false;
}

// Whoever has a second factor is asked for a code when the rest was right.
function enterWith(form: HTMLFormElement, enter: (values: Values) => Promise<unknown>): void {
  onSubmit(form, async (values) => {
    try {
      await enter(values);
    } catch (error) {
      const asked = error instanceof Failure && error.field === "/code" && values.code === undefined;
      if (!asked) throw error;
      reveal(form, "code")?.focus();
      return;
    }
    location.assign("/account");
  });
}

// The token stands behind the #, which no server and no log sees, and leaves the address bar before anything else happens.
function byLink(path: string, broken: string): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  history.replaceState(null, "", location.pathname);
  const form = theForm();
  if (token === "") {
    show(form, new Failure(0, broken, ""));
    for (const control of form.querySelectorAll<HTMLInputElement | HTMLButtonElement>("input, button"))
      control.disabled = true;
    return;
  }
  enterWith(form, (values) => call("POST", path, { token, ...values }));
}

function theForm(): HTMLFormElement {
  const form = document.querySelector<HTMLFormElement>("form[data-form]");
  if (form === null) throw new Error("the page has a form");
  form.querySelector("input")?.focus();
  return form;
}
