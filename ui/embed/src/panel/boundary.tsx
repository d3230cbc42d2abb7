// Where not even the person could be asked for: said in the panel's own place, with a way to try again.

import { Failed } from "@keystead/parts/states.tsx";
import { Component, type ReactNode } from "react";

interface Props {
  children: ReactNode;
  onRetry: () => void;
}

export class Boundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    const retry = () => {
      this.props.onRetry();
      this.setState({ error: null });
    };
    return <Failed error={this.state.error} onRetry={retry} />;
  }
}
