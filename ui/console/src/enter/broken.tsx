// A link without its token.

import { Icon } from "@keystead/parts/icon.tsx";
import { Link } from "wouter";
import { Entrance } from "./entrance.tsx";
import { words } from "./words.ts";

export function Broken({ title, why }: { title: string; why: string }) {
  return (
    <Entrance title={title}>
      <p className="ks-note" data-tone="danger" role="alert">
        <Icon name="alert" /> <span>{why}</span>
      </p>
      <Link to="/sign-in" className="ks-button">
        {words.home}
      </Link>
    </Entrance>
  );
}
