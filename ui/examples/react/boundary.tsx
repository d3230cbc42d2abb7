// Where errors of the hooks end: each is an ApiError, whose message may be shown.

import { ApiError } from "@keystead/sdk";
import { Component, type ReactNode } from "react";

export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div role="alert">
        <p>{error instanceof ApiError ? error.message : "Something went wrong."}</p>
        <button type="button" onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </div>
    );
  }
}
