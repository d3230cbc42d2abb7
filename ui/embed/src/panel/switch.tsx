// Switches a key off for a while, and on again.

import type { ApiKey } from "@keystead/sdk";
import { masked } from "./status.tsx";
import { Sure } from "./sure.tsx";
import { switching } from "./words.ts";

export function SwitchKey(props: { of: ApiKey; onSwitched: (key: ApiKey) => void; onClose: () => void }) {
  const { of: key, onSwitched, onClose } = props;
  const off = key.enabled;
  return (
    <Sure
      title={off ? switching.disableTitle(key.description) : switching.enableTitle(key.description)}
      button={off ? switching.disable : switching.enable}
      act={async () => onSwitched(await key.update({ enabled: !off }))}
      onClose={onClose}
    >
      <p>{off ? switching.disableWhat(masked(key)) : switching.enableWhat(masked(key))}</p>
    </Sure>
  );
}
