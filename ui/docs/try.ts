// Makes the commands of /docs/api work in place: fill in, send, see the answer. The key stays in this page's memory.

const token = { value: "" };

interface Call {
  method: string;
  path: string;
  body: string | undefined;
}

for (const section of document.querySelectorAll<HTMLElement>("section[data-method]")) {
  const { method, path, body } = section.dataset;
  if (method && path) section.append(form({ method, path, body }));
}

function form(call: Call): HTMLElement {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "Try it";
  const form = document.createElement("form");
  const holes = [...call.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const key = field("Key", token.value, "password");
  key.input.addEventListener("input", () => {
    token.value = key.input.value;
  });
  const parts = holes.map((name) => ({ name, ...field(name, "", "text") }));
  const query = field("Query", "", "text");
  const text = document.createElement("textarea");
  const send = document.createElement("button");
  const output = document.createElement("output");
  send.textContent = `Send ${call.method}`;
  text.value = call.body ?? "";
  text.rows = 4;
  text.setAttribute("aria-label", "Body");
  form.append(key.label, ...parts.map((part) => part.label));
  if (call.method === "GET") form.append(query.label);
  if (call.body !== undefined) form.append(text);
  form.append(send, output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const path = parts.reduce(
      (path, part) => path.replace(`{${part.name}}`, encodeURIComponent(part.input.value)),
      call.path,
    );
    const suffix = query.input.value === "" ? "" : `?${query.input.value.replace(/^\?/, "")}`;
    output.textContent = await answer(call, path + suffix, text.value);
    send.disabled = false;
  });
  details.addEventListener("toggle", () => {
    key.input.value = token.value;
  });
  details.append(summary, form);
  return details;
}

async function answer(call: Call, url: string, body: string): Promise<string> {
  const headers: Record<string, string> = {};
  if (token.value !== "") headers.Authorization = `Bearer ${token.value}`;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(url, {
      method: call.method,
      headers,
      credentials: "omit",
      ...(call.body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return `${response.status} ${response.statusText}\n${pretty(text)}`;
  } catch {
    return "No answer: is the server still running?";
  }
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function field(
  name: string,
  value: string,
  type: "text" | "password",
): { label: HTMLLabelElement; input: HTMLInputElement } {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = type;
  input.value = value;
  input.autocomplete = "off";
  input.spellcheck = false;
  label.append(name, input);
  return { label, input };
}
