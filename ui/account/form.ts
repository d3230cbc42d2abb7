// A form that sends what is in it, and shows what is wrong beside the field that it is about.

import { Failure } from "./api";

export type Values = Record<string, string>;

export function onSubmit(form: HTMLFormElement, send: (values: Values) => Promise<void>): void {
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    const missing = fields(form).find((input) => input.required && input.value === "");
    if (missing) {
      show(form, new Failure(0, "This is needed", `/${missing.name}`));
      return;
    }
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) button.disabled = true;
    try {
      await send(values(form));
    } catch (error) {
      show(form, error);
    }
    if (button) button.disabled = false;
  });
}

// Beside its field, or at the end of the form. Whoever cannot see it is told as well.
export function show(form: HTMLFormElement, error: unknown): void {
  const failure = error instanceof Failure ? error : new Failure(0, "Something went wrong in this page", "");
  const input = fields(form).find((input) => `/${input.name}` === failure.field);
  const note = document.createElement("p");
  note.className = "error";
  note.setAttribute("role", "alert");
  note.textContent = sentence(failure.message);
  if (input === undefined) {
    form.append(note);
    return;
  }
  note.id = `${input.name}-error`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", note.id);
  (input.closest("label") ?? input).after(note);
  input.focus();
}

export function reveal(form: HTMLFormElement, name: string): HTMLInputElement | undefined {
  const input = fields(form).find((input) => input.name === name);
  input?.closest("label")?.removeAttribute("hidden");
  return input;
}

function clear(form: HTMLFormElement): void {
  for (const note of form.querySelectorAll(".error, .done")) note.remove();
  for (const input of fields(form)) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

function fields(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll("input")];
}

// What is hidden or empty is not sent.
function values(form: HTMLFormElement): Values {
  const sent = fields(form).filter((input) => input.value !== "" && !input.closest("[hidden]"));
  return Object.fromEntries(sent.map((input) => [input.name, input.value]));
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
