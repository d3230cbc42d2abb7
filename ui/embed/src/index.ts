// The package's public names.

export { AccountSettings, type AccountSettingsProps } from "./account-settings.tsx";
export { KeyPanel, type KeyPanelProps } from "./key-panel.tsx";
export { type Held, KeysteadProvider, type KeysteadProviderProps, useHeld } from "./provider.tsx";
export { type HookedTeam, type HookedUser, useArrived, useTeam, useUser } from "./use-user.ts";
