// From the link to the panel, or to a calm word about where to go. The token is in this page's memory and nowhere else.

import { Blank, Failed, Waiting } from "@keystead/parts/states.tsx";
import { Surface } from "@keystead/parts/surface.tsx";
import { useCallback, useEffect, useState } from "react";
import { Access } from "../access/access.ts";
import { appOf } from "../access/app.ts";
import { Boundary } from "../access/boundary.tsx";
import { Notice } from "../access/notice.tsx";
import css from "../account/account.css";
import { AccountSettings } from "../account-settings.tsx";
import { KeysteadProvider } from "../provider.tsx";
import { portalWords as words } from "../words.ts";
import { exchange } from "./exchange.ts";

const sheets = [css];

type State =
  | { at: "opening" | "gone" }
  | { at: "failed"; error: unknown }
  | { at: "open"; access: Access; app: ReturnType<typeof appOf> };

export function Portal({ baseUrl, code }: { baseUrl: string; code: string }) {
  const [state, setState] = useState<State>({ at: "opening" });
  const open = useCallback(() => {
    setState({ at: "opening" });
    exchange(baseUrl, code).then(
      (token) => setState(token === null ? { at: "gone" } : opened(baseUrl, token)),
      (error: unknown) => setState({ at: "failed", error }),
    );
  }, [baseUrl, code]);
  useEffect(open, [open]);
  return <Surface css={sheets}>{state.at === "open" ? <Open {...state} /> : <Before {...{ state, open }} />}</Surface>;
}

/** Nobody can be asked for another token: the link was used up. */
function opened(baseUrl: string, token: string): State {
  const access = new Access(token, async () => ({ answer: "" }), words.ended);
  return { at: "open", access, app: appOf(baseUrl, access) };
}

function Open({ access, app }: Extract<State, { at: "open" }>) {
  return (
    <>
      <div className="ks-portal-notice">
        <Notice access={access} ended={words.ended} retry={false} />
      </div>
      <KeysteadProvider app={app} fallback={<Waiting lines={5} />}>
        <Boundary access={access} chance={0}>
          <AccountSettings fullPage />
        </Boundary>
      </KeysteadProvider>
    </>
  );
}

function Before({ state, open }: { state: State; open: () => void }) {
  return (
    <div className="ks-calm">
      <h1 className="ks-hidden">{words.title}</h1>
      {state.at === "opening" && <p role="status">{words.opening}</p>}
      {state.at === "failed" && <Failed error={state.error} onRetry={open} />}
      {state.at === "gone" && (
        <Blank icon="key" title={words.gone}>
          <p className="ks-soft">{words.goneWhy}</p>
        </Blank>
      )}
    </div>
  );
}
