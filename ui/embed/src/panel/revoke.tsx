// Ends a key for good: by name, with what stops working, and calmly where somebody else was first.

import { ago } from "@keystead/parts/time.tsx";
import { ApiError, type ApiKey, type KeysteadClientApp } from "@keystead/sdk";
import { useState } from "react";
import { masked } from "./status.tsx";
import { Sure } from "./sure.tsx";
import { revoking } from "./words.ts";

interface RevokeProps {
  /** As the list has it now: it may change while the question stands. */
  of: ApiKey;
  app: KeysteadClientApp;
  onRevoked: (key: ApiKey) => void;
  onClose: () => void;
}

export function RevokeKey({ of: key, app, onRevoked, onClose }: RevokeProps) {
  const [found, setFound] = useState<ApiKey | "gone" | null>(null);
  const known = found ?? (key.status === "revoked" ? key : null);
  const settled =
    known === "gone" ? revoking.gone : known ? revoking.already(ago(known.revokedAt ?? new Date())) : null;
  async function revoke() {
    try {
      const now = await app.getApiKey(key.id);
      if (now.status === "revoked") {
        // Lists that don't know it yet are told.
        app.changed(key.owner.id);
        return setFound(now);
      }
      onRevoked(await now.revoke());
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      app.changed(key.owner.id);
      setFound("gone");
    }
  }
  return (
    <Sure
      title={revoking.title(key.description)}
      button={revoking.revoke}
      danger
      act={revoke}
      {...{ settled, onClose }}
    >
      <p>{revoking.stops(masked(key))}</p>
      <p className="ks-soft">{key.lastUsed ? revoking.used(ago(key.lastUsed)) : revoking.neverUsed}</p>
    </Sure>
  );
}
