// Settings.

import { words } from "../frame/words.ts";

export default function Page() {
  return <h1 className="ks-title">{words.nav.settings}</h1>;
}
