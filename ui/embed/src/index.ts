// The package's public names.

export { KeyPanel, type KeyPanelProps } from "./key-panel.tsx";
export { KeysteadProvider } from "./provider.tsx";
export { type HookedTeam, type HookedUser, useTeam, useUser } from "./use-user.ts";
