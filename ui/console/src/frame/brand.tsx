// The sign that the console goes by; it leads home.

import { Link } from "wouter";
import { BASE } from "../lib/base.ts";
import { HOME } from "../lib/way.ts";
import { words } from "./words.ts";

export function Brand() {
  return (
    <Link to={HOME} className="ks-brand" aria-label={words.home}>
      <img src={`${BASE}/assets/icon.svg`} alt="" width="22" height="22" />
      Keystead
    </Link>
  );
}
