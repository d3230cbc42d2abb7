// Where errors of the panel end: shown with their reason, tried again by a press or by a new token. The host page is never taken down.

import { Failed } from "@keystead/parts/states.tsx";
import type { QueryClient } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";
import { useHeld } from "../provider.tsx";
import type { Access } from "./access.ts";

interface Props {
  access: Access;
  /** Another number is another chance: everything is fetched anew. */
  chance: number;
  children: ReactNode;
}

export function Boundary(props: Props) {
  const { cache } = useHeld();
  return <Catching {...props} cache={cache} />;
}

class Catching extends Component<Props & { cache: QueryClient }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    if (before.chance !== this.props.chance) this.again();
  }

  again = () => {
    const { cache } = this.props;
    cache.removeQueries({ predicate: ({ state }) => state.status === "error" && state.data === undefined });
    void cache.invalidateQueries();
    this.setState({ error: null });
  };

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // Access that has ended is spoken of above, with the way on.
    return this.props.access.phase === "ended" ? null : <Failed error={error} onRetry={this.again} />;
  }
}
