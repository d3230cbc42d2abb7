// Who is signed in, and what they change about it.

import { call } from "./api";
import { element, guarded, one } from "./dom";
import { onSubmit } from "./form";
import { secondFactor } from "./second-factor";
import { sessions } from "./sessions";

export interface Me {
  user: { name: string; email: string | null; role: string } | null;
  session: { id: string; confirmed: boolean } | null;
  second_factor: { on: boolean; recovery_codes_left: number } | null;
}

export function me(): Promise<Me> {
  return call<Me>("GET", "/v1/me");
}

export async function account(): Promise<void> {
  try {
    await fill();
  } catch (error) {
    one("#who").textContent = error instanceof Error ? error.message : "Something went wrong in this page";
  }
}

async function fill(): Promise<void> {
  const { user } = await me();
  one("#who").textContent = [user?.name, user?.email, user?.role].filter(Boolean).join(" · ");
  const out = one<HTMLButtonElement>("#sign-out");
  out.addEventListener("click", () =>
    guarded(out, async () => {
      await call("DELETE", "/v1/sessions/current");
      location.assign("/sign-in");
    }),
  );
  const form = one<HTMLFormElement>("#password");
  onSubmit(form, async (values) => {
    await call("POST", "/v1/me/password", values);
    form.reset();
    const note = element("p", { className: "done" }, "The password is changed. All other sessions have ended.");
    note.setAttribute("role", "status");
    form.append(note);
    await sessions();
  });
  await Promise.all([secondFactor(), sessions()]);
}
