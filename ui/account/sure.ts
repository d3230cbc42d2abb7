// The password once more before what changes how somebody signs in.

import { me } from "./account";
import { call } from "./api";
import { one } from "./dom";
import { onSubmit, reveal } from "./form";

// Settles to true when the password was given lately, or is given now; to false when the person would rather not.
export async function sure(): Promise<boolean> {
  const { session, second_factor } = await me();
  if (session?.confirmed) return true;
  const dialog = one<HTMLDialogElement>("#sure");
  // A copy without the listeners of the last time.
  const old = one<HTMLFormElement>("form", dialog);
  const form = old.cloneNode(true) as HTMLFormElement;
  old.replaceWith(form);
  form.reset();
  if (second_factor?.on) reveal(form, "code");
  return new Promise((settle) => {
    dialog.onclose = () => settle(dialog.returnValue === "sure");
    one("[data-cancel]", form).onclick = () => dialog.close("");
    onSubmit(form, async (values) => {
      await call("POST", "/v1/sessions/current/confirm", values);
      dialog.close("sure");
    });
    dialog.returnValue = "";
    dialog.showModal();
  });
}
