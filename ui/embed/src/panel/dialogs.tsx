// Whichever dialog or drawer is open about a key.

import { useToast } from "@keystead/parts/toasts.tsx";
import type { ApiKey } from "@keystead/sdk";
import { useHeld } from "../provider.tsx";
import type { Doing } from "./doing.ts";
import type { Fresh } from "./first-view.tsx";
import { EditKey } from "./key-form.tsx";
import { RevokeKey } from "./revoke.tsx";
import { RotateKey } from "./rotate.tsx";
import type { Subject } from "./subject.ts";
import { SwitchKey } from "./switch.tsx";
import { show } from "./use-keys.ts";
import { revoking, saved, switching } from "./words.ts";

interface DialogsProps {
  doing: Doing;
  subject: Subject;
  onFresh: (fresh: Fresh) => void;
  onClose: () => void;
}

export function Dialogs({ doing: { what, key }, subject, onFresh, onClose }: DialogsProps) {
  const { app, cache } = useHeld();
  const say = useToast();
  const { terms } = subject;
  /** The lists show it at once, and somebody who doesn't see them hears it. */
  const done = (text: string) => (changed: ApiKey) => {
    show(cache, changed);
    say(text);
    onClose();
  };
  switch (what) {
    case "edit":
      return <EditKey of={key} onSaved={done(saved(key.description))} {...{ terms, onClose }} />;
    case "rotate":
      return <RotateKey of={key} onRotated={rotated} {...{ terms, onClose }} />;
    case "switch":
      return (
        <SwitchKey
          of={key}
          onSwitched={done(key.enabled ? switching.disabled(key.description) : switching.enabled(key.description))}
          onClose={onClose}
        />
      );
    case "revoke":
      return <RevokeKey of={key} onRevoked={done(revoking.done(key.description))} {...{ app, onClose }} />;
    default:
      return null;
  }
  function rotated(key: ApiKey<"user" | "team", true>) {
    onClose();
    onFresh({ secret: key.value, description: key.description, former: key.previousSecret?.validUntil ?? null });
  }
}
