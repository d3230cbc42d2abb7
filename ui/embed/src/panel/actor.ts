// Who did something, in words: the server names them as `person:usr_…`, `key:key_…`, `cli:1000`.

import type { CurrentUser } from "@keystead/sdk";
import { actors, drawer } from "./words.ts";

export function who(actor: string, me: CurrentUser): string {
  if (actor.includes(me.id)) return drawer.you;
  const [kind = "", id = ""] = actor.split(/:(.*)/s);
  return actors[kind]?.(id) ?? actor;
}
