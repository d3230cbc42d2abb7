// The few words that the pages are written in. Text goes in as text, never as HTML.

export function one<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E {
  const found = within.querySelector<E>(selector);
  if (found === null) throw new Error(`the page has ${selector}`);
  return found;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function button(text: string, className: string, act: () => Promise<void>): HTMLButtonElement {
  const made = element("button", { type: "button", className }, text);
  made.addEventListener("click", () => guarded(made, act));
  return made;
}

// Runs what a button does, once at a time; a failure stands behind the button.
export async function guarded(button: HTMLButtonElement, act: () => Promise<void>): Promise<void> {
  button.parentElement?.querySelector(":scope > .error")?.remove();
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    const note = element("p", { className: "error" }, error instanceof Error ? error.message : "That did not work");
    note.setAttribute("role", "alert");
    button.after(note);
  }
  button.disabled = false;
}

export function when(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
