// How people come in: the first admin, an invited person, and whoever has a password.

import { call, Failure } from "./api";
import { onSubmit, reveal, show } from "./form";

export function setup(): void {
  byLink("/v1/setup", "This link is not whole: open it as the server printed it, with everything behind the #.");
}

export function invitation(): void {
  byLink(
    "/v1/invitations/accept",
    "This link is not whole: open it as it was sent to you, with everything behind the #.",
  );
}

export function signIn(): void {
  const form = theForm();
  onSubmit(form, async (values) => {
    try {
      await call("POST", "/v1/sessions", values);
      location.assign("/account");
    } catch (error) {
      if (!(error instanceof Failure && error.field === "/code")) throw error;
      const asked = values.code === undefined;
      const code = reveal(form, "code");
      if (!asked) throw error;
      code?.focus();
    }
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
  onSubmit(form, async (values) => {
    await call("POST", path, { token, ...values });
    location.assign("/account");
  });
}

function theForm(): HTMLFormElement {
  const form = document.querySelector<HTMLFormElement>("form[data-form]");
  if (form === null) throw new Error("the page has a form");
  form.querySelector("input")?.focus();
  return form;
}
