// One's own account: who one is, and how one comes in.

import { Failed, Waiting } from "@keystead/parts/states.tsx";
import type { WireMe } from "@keystead/sdk";
import { Redirect, useParams } from "wouter";
import { Head, Parts } from "../lib/head.tsx";
import { useOne } from "../lib/rows.ts";
import { Identities } from "./identities.tsx";
import { Password } from "./password.tsx";
import { Profile } from "./profile.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { Sessions } from "./sessions.tsx";
import { words } from "./words.ts";

const ROOT = "/account";

/** How people sign in here. */
interface Ways {
  password: boolean;
  oidc: { name: string } | null;
}

export default function AccountPage() {
  const { id: part = "" } = useParams();
  const { one: ways } = useOne<Ways>("/v1/oidc");
  const { one: me, error, refetch } = useOne<WireMe>("/v1/me");
  const provider = ways?.oidc?.name ?? null;
  const parts = [
    [ROOT, words.parts.profile],
    [`${ROOT}/password`, words.parts.password],
    [`${ROOT}/second-factor`, words.parts.factor],
    [`${ROOT}/sessions`, words.parts.sessions],
    ...(provider ? [[`${ROOT}/identities`, words.parts.identities] as const] : []),
  ] as const;
  return (
    <>
      <Head title={words.title} />
      <Parts label={words.parts.label} parts={parts} at={part === "" ? ROOT : `${ROOT}/${part}`} />
      {me ? (
        <div className="ks-settings">
          <Part part={part} me={me} provider={provider} />
        </div>
      ) : error ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : (
        <Waiting lines={5} />
      )}
    </>
  );
}

function Part({ part, me, provider }: { part: string; me: WireMe; provider: string | null }) {
  switch (part) {
    case "":
      return <Profile me={me} />;
    case "password":
      return <Password me={me} />;
    case "second-factor":
      return <SecondFactor me={me} />;
    case "sessions":
      return <Sessions />;
    case "identities":
      return provider ? <Identities provider={provider} /> : <Waiting />;
    default:
      return <Redirect to={ROOT} replace />;
  }
}
