// <keystead-api-keys>: the panel as a custom element, for pages without React. One script tag and a portal token are enough.

import { createRoot, type Root } from "react-dom/client";
import { Access, type Asked } from "./access/access.ts";
import { appOf } from "./access/app.ts";
import { askPage, pageIsReady, tellChange, tellReady } from "./element/events.ts";
import { Inside } from "./element/inside.tsx";
import { accessWords } from "./words.ts";

const SCRIPT = "/embed/v1/keystead.js";
/** Where this script came from is where the server is. Known only while the script runs for the first time. */
const ORIGIN = home(document.currentScript) ?? home(document.querySelector(`script[src*="${SCRIPT}"]`));

function home(script: Element | null): string | null {
  const src = script instanceof HTMLScriptElement ? script.src : "";
  const end = src.indexOf(SCRIPT);
  return end < 0 ? null : src.slice(0, end);
}

type TokenFetcher = () => string | Promise<string>;

class KeysteadApiKeys extends HTMLElement {
  static readonly observedAttributes = ["base-url", "token", "team"];
  #getToken: TokenFetcher | null = null;
  #root: Root | null = null;
  #inside: { baseUrl: string; app: ReturnType<typeof appOf>; access: Access; stop: () => void } | null = null;

  constructor() {
    super();
    // Set before this script came, it would hide the property.
    const early = Object.getOwnPropertyDescriptor(this, "getToken");
    if (!early) return;
    Reflect.deleteProperty(this, "getToken");
    this.#getToken = early.value;
  }

  /** Fetches a token from the page's own backend, and another one when it has ended. Without it, events ask. */
  get getToken(): TokenFetcher | null {
    return this.#getToken;
  }

  set getToken(fetcher: TokenFetcher | null) {
    this.#getToken = fetcher;
    // An event before it may have found nobody.
    if (fetcher) this.#inside?.access.askAgain();
  }

  connectedCallback(): void {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    // Menus are put beside what is drawn here.
    const ground = shadow.firstElementChild ?? shadow.appendChild(document.createElement("div"));
    this.#root ??= createRoot(ground);
    this.#draw();
  }

  disconnectedCallback(): void {
    // An element that is moved is taken out and put in again at once: what stands in it stays.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#inside?.stop();
      this.#root?.unmount();
      this.#root = this.#inside = null;
    });
  }

  attributeChangedCallback(name: string, _: string | null, value: string | null): void {
    if (name === "token") this.#inside?.access.give(value);
    else if (this.#root) this.#draw();
  }

  #draw(): void {
    const baseUrl = (this.getAttribute("base-url") ?? ORIGIN ?? location.origin).replace(/\/+$/, "");
    if (this.#inside?.baseUrl !== baseUrl) {
      this.#inside?.stop();
      this.#inside = this.#made(baseUrl);
    }
    const { app, access } = this.#inside;
    this.#root?.render(
      <Inside key={baseUrl} app={app} access={access} team={this.getAttribute("team")} onReady={this.#ready} />,
    );
  }

  #made(baseUrl: string) {
    const ask = async (stale: string | null): Promise<Asked> => {
      const fetcher = this.#getToken;
      if (fetcher) return { answer: Promise.resolve().then(fetcher) };
      await pageIsReady();
      // One that was set meanwhile has been asked by its setter.
      return this.#getToken ? { answer: null, quiet: true } : askPage(this, stale);
    };
    const access = new Access(this.getAttribute("token"), ask, accessWords.ended);
    const app = appOf(baseUrl, access);
    return { baseUrl, app, access, stop: app.onChange((owner, change) => tellChange(this, owner, change)) };
  }

  #ready = () => tellReady(this);
}

// A page that loads the script twice has the first one.
if (!customElements.get("keystead-api-keys")) customElements.define("keystead-api-keys", KeysteadApiKeys);
