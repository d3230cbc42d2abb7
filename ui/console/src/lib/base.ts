/** The path that the server stands under, without a slash at its end: "" where it has a host of its own. */
export const BASE = document.querySelector<HTMLMetaElement>("meta[name=keystead-base]")?.content ?? "";
