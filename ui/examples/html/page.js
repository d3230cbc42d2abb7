// The panel asks for a token whenever it has none that works.

document.querySelector("keystead-api-keys").addEventListener("keystead-token-expired", (event) => {
  event.detail.respond(fetch("/portal-token", { method: "POST" }).then((answer) => answer.text()));
});
