// Setting a second factor up, switching it off, and new recovery codes.

import { me } from "./account";
import { call } from "./api";
import { button, element, one } from "./dom";
import { onSubmit } from "./form";
import { qr } from "./qr";
import { sessions } from "./sessions";
import { sure } from "./sure";

interface Enrolment {
  secret: string;
  otpauth_url: string;
}

interface Codes {
  recovery_codes: string[];
}

export async function secondFactor(): Promise<void> {
  const factor = (await me()).second_factor;
  if (factor?.on) {
    const left = factor.recovery_codes_left;
    say(`On: signing in asks for a code of your app. Recovery codes left: ${left}.`);
    body(
      element(
        "p",
        { className: "actions" },
        button("New recovery codes", "plain", renew),
        button("Switch off", "plain", off),
      ),
    );
  } else {
    say("Off: whoever knows your password is in. With an authenticator app, they need your phone as well.");
    body(button("Set up", "", begin));
  }
}

async function begin(): Promise<void> {
  if (!(await sure())) return;
  const made = await call<Enrolment>("POST", "/v1/me/second-factor");
  const form = element("form", {});
  const input = element("input", {
    name: "code",
    autocomplete: "one-time-code",
    inputMode: "numeric",
    maxLength: 64,
    required: true,
  });
  const save = element("button", { type: "submit" }, "Switch on");
  const actions = element("p", { className: "actions" }, save, button("Cancel", "plain", off));
  form.append(element("label", {}, "The code that the app shows now", input), actions);
  onSubmit(form, async (values) => {
    show(await call<Codes>("POST", "/v1/me/second-factor/confirm", values));
    await sessions();
  });
  say("Scan this with an authenticator app, or type the secret into it.");
  const secret = element("code", { className: "secret" }, made.secret.replace(/(.{4})(?=.)/g, "$1 "));
  const link = element("a", { href: made.otpauth_url }, "open it in an app on this device");
  body(
    qr(made.otpauth_url),
    element("p", {}, "Secret: ", secret),
    element("p", { className: "hint" }, "Or ", link, "."),
    form,
  );
  input.focus();
}

async function renew(): Promise<void> {
  if (await sure()) show(await call<Codes>("POST", "/v1/me/recovery-codes"));
}

async function off(): Promise<void> {
  if (!(await sure())) return;
  await call("DELETE", "/v1/me/second-factor");
  await Promise.all([secondFactor(), sessions()]);
}

function show(codes: Codes): void {
  say(
    "These recovery codes are shown this once. Each works once in the place of the app's code: keep them where the phone is not.",
  );
  const list = element("ul", { className: "codes" });
  list.append(...codes.recovery_codes.map((code) => element("li", {}, element("code", {}, code))));
  const done = button("I have kept them", "", secondFactor);
  body(list, done);
  done.focus();
}

function say(text: string): void {
  one("#factor [data-state]").textContent = text;
}

function body(...nodes: Node[]): void {
  one("#factor [data-body]").replaceChildren(...nodes);
}
