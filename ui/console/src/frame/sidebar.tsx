// The way through the console: beside the page, and in a drawer where the window is narrow.

import { Icon } from "@keystead/parts/icon.tsx";
import { Link, useLocation } from "wouter";
import { isAt, type NavPage } from "./nav.ts";
import { words } from "./words.ts";

interface SidebarProps {
  pages: readonly NavPage[];
  /** After a page was chosen. */
  onGo?: () => void;
}

export function Sidebar({ pages, onGo }: SidebarProps) {
  const [path] = useLocation();
  return (
    <nav aria-label={words.pages} className="ks-nav">
      <ul>
        {pages.map((page) => (
          <li key={page.path}>
            <Link to={page.path} onClick={onGo} aria-current={isAt(page, path) ? "page" : undefined}>
              <Icon name={page.icon} />
              {page.text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
