// Keys: mine, those of each of my teams, and for admins those of everybody. The table is the panel that other pages embed.

import { KeyPanel, useUser } from "@keystead/react";

export function KeysPage() {
  const user = useUser({ or: "redirect" });
  return <KeyPanel owner={user} />;
}
