// The palette: one field from which everything is reached. Keys, focus and roles are Zag's combobox, in the platform's dialog.

import { Dialog } from "@keystead/parts/dialog.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Failed } from "@keystead/parts/states.tsx";
import type { CurrentUser } from "@keystead/sdk";
import * as machine from "@zag-js/combobox";
import { normalizeProps, useMachine } from "@zag-js/react";
import { useId, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { useSettled } from "../lib/search.tsx";
import { type Offer, standing, useFound } from "./offers.ts";
import { words } from "./words.ts";

interface PaletteProps {
  user: CurrentUser;
  onShortcuts: () => void;
  onClose: () => void;
}

export default function Palette({ user, onShortcuts, onClose }: PaletteProps) {
  const [, go] = useLocation();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim();
  const found = useFound(useSettled(wanted), { user, go });
  const always = useMemo(() => standing({ user, go, onShortcuts }), [user, go, onShortcuts]);
  const offers = useMemo(() => {
    const matching = always.filter(({ text }) => text.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()));
    return wanted === "" ? matching : [...matching, ...(found.data ?? [])];
  }, [always, wanted, found.data]);
  const items = useMemo(
    () => machine.collection({ items: offers, itemToValue: ({ id }) => id, itemToString: ({ text }) => text }),
    [offers],
  );
  const service = useMachine(machine.machine, {
    id: useId(),
    collection: items,
    open: true,
    disableLayer: true,
    autoFocus: true,
    loopFocus: true,
    inputBehavior: "autohighlight",
    selectionBehavior: "clear",
    openOnChange: true,
    onInputValueChange: ({ inputValue }) => setTyped(inputValue),
    onValueChange: ({ value: [id] }) => {
      const offer = offers.find((one) => one.id === id);
      if (!offer) return;
      onClose();
      offer.pick();
    },
  });
  const box = machine.connect(service, normalizeProps);
  return (
    <Dialog title={words.palette.title} onClose={onClose}>
      <div
        {...box.getRootProps()}
        className="ks-palette"
        // Zag keeps Esc to itself, for lists that close before what they stand in.
        onKeyDownCapture={(event) => event.key === "Escape" && !event.nativeEvent.isComposing && onClose()}
      >
        {/* biome-ignore lint/a11y/noLabelWithoutControl: Zag says what it is for */}
        <label {...box.getLabelProps()} className="ks-hidden">
          {words.palette.field}
        </label>
        <div {...box.getControlProps()} className="ks-search">
          <Icon name="search" />
          <input {...box.getInputProps()} className="ks-input" placeholder={words.palette.field} maxLength={100} />
        </div>
        {found.error && wanted !== "" ? <Failed error={found.error} onRetry={() => void found.refetch()} /> : null}
        <div {...box.getContentProps()} className="ks-palette-list">
          {grouped(offers).map(([group, members]) => (
            <div {...box.getItemGroupProps({ id: group })} key={group}>
              <div {...box.getItemGroupLabelProps({ htmlFor: group })} className="ks-palette-group">
                {group}
              </div>
              {members.map((offer) => (
                <div {...box.getItemProps({ item: offer })} key={offer.id} className="ks-menu-item">
                  <Icon name={offer.icon} />
                  <span className="ks-cut">{offer.text}</span>
                  {offer.about && <span className="ks-hint ks-cut">{offer.about}</span>}
                </div>
              ))}
            </div>
          ))}
        </div>
        <p className="ks-hint" role="status">
          {offers.length > 0 ? words.palette.hint : found.isFetching ? words.palette.searching : words.palette.none}
        </p>
      </div>
    </Dialog>
  );
}

function grouped(offers: readonly Offer[]): [string, Offer[]][] {
  const groups = new Map<string, Offer[]>();
  for (const offer of offers) groups.set(offer.group, [...(groups.get(offer.group) ?? []), offer]);
  return [...groups];
}
