// <keystead-api-keys>: the panel as a custom element, for pages without React.

export {};
