// What stands in the place of a page that is not there, is not for this person, or has failed.

import { Button } from "@keystead/parts/button.tsx";
import { Blank, Failed } from "@keystead/parts/states.tsx";
import { useHeld } from "@keystead/react";
import { ApiError } from "@keystead/sdk";
import { Component, type ReactNode } from "react";
import { Link } from "wouter";
import { useTitle } from "../lib/title.ts";
import { HOME } from "../lib/way.ts";
import { words } from "./words.ts";

export function NotFound() {
  useTitle(words.notFound.title);
  return <Nothing title={words.notFound.title} text={words.notFound.text} />;
}

export function ForAdmins() {
  useTitle(words.forAdmins.title);
  return <Nothing title={words.forAdmins.title} text={words.forAdmins.text} />;
}

function Nothing({ title, text }: { title: string; text: string }) {
  return (
    <Blank icon="search" title={<h1 className="ks-title">{title}</h1>}>
      <p className="ks-soft">{text}</p>
      <Link to={HOME} className="ks-button">
        {words.notFound.home}
      </Link>
    </Blank>
  );
}

/** Whatever is thrown in it ends here, and can be tried again. */
export function Boundary({ children }: { children: ReactNode }) {
  const { cache } = useHeld();
  return (
    <Catch onAgain={() => cache.removeQueries({ predicate: ({ state }) => state.status === "error" })}>
      {children}
    </Catch>
  );
}

interface CatchProps {
  onAgain: () => void;
  children: ReactNode;
}

class Catch extends Component<CatchProps, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  again = () => {
    this.props.onAgain();
    this.setState({ error: null });
  };

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // What the server refused can be asked again; what broke here, a file that an upgrade took away among it, needs the page anew.
    if ((error as unknown) instanceof ApiError) return <Failed error={error} onRetry={this.again} />;
    return (
      <Blank icon="alert" title={<h1 className="ks-title">{words.broken.title}</h1>}>
        <p className="ks-soft">{words.broken.text}</p>
        <Button onClick={() => location.reload()}>{words.broken.reload}</Button>
      </Blank>
    );
  }
}
