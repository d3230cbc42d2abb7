// What keys begin with, whose beginnings those are too, and how to get an own one.

import { Badge } from "@keystead/parts/badge.tsx";
import { Copyable } from "@keystead/parts/copy.tsx";
import { Icon } from "@keystead/parts/icon.tsx";
import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { type Beginning, useInstance } from "./instance.ts";
import { words } from "./words.ts";

const text = words.prefixes;
/** Secret and public, live and test: each kind has one prefix that new keys get; the others are of former times. */
const IN_USE = 4;
/** Stripe's secret, public and restricted keys: https://docs.stripe.com/keys */
const STRIPE = /^(sk|pk|rk)_(live|test)_$/;

export function Prefixes() {
  const { one, error, refetch } = useInstance();
  if (!one) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting />;
  const current = one.prefixes.slice(0, IN_USE);
  const stripes = current.filter(({ prefix, is_public }) => STRIPE.test(prefix) && !is_public);
  return (
    <>
      <section className="ks-stack">
        <h2 className="ks-part-title">{text.title}</h2>
        <p className="ks-soft">{text.about}</p>
        <table className="ks-small">
          <thead>
            <tr>
              <th scope="col">{text.columns.prefix}</th>
              <th scope="col">{text.columns.kind}</th>
              <th scope="col">{text.columns.use}</th>
            </tr>
          </thead>
          <tbody>
            {one.prefixes.map((beginning, at) => (
              <Row key={beginning.prefix} beginning={beginning} former={at >= IN_USE} />
            ))}
          </tbody>
        </table>
      </section>
      {stripes.length > 0 && (
        <div className="ks-note" data-tone="warn">
          <Icon name="alert" />
          <div>
            <h3 className="ks-label">{text.stripeTitle}</h3>
            <p>{text.stripeWhy(stripes.map(({ prefix }) => prefix))}</p>
          </div>
        </div>
      )}
      <section className="ks-stack">
        <h2 className="ks-part-title">{text.ownTitle}</h2>
        <p className="ks-soft">{text.own}</p>
        <Copyable label={text.toml} text={toml(current)} />
        <p className="ks-hint">{text.rules}</p>
      </section>
    </>
  );
}

function Row({ beginning, former }: { beginning: Beginning; former: boolean }) {
  const { prefix, environment, is_public } = beginning;
  return (
    <tr>
      <th scope="row" className="ks-mono">
        {prefix}
      </th>
      <td>{text.kinds[environment][is_public ? "public" : "secret"]}</td>
      <td>
        {former ? <span className="ks-soft">{text.former}</span> : text.now}
        {STRIPE.test(prefix) && (
          <>
            {" "}
            <Badge tone="warn">{text.stripe}</Badge>
          </>
        )}
      </td>
    </tr>
  );
}

/** What to write, with what is in use now as retired. */
function toml(current: readonly Beginning[]): string {
  const retired = current.map(
    ({ prefix, environment, is_public }) =>
      `  { prefix = "${prefix}", environment = "${environment}", is_public = ${is_public} },`,
  );
  return [
    "[keys.prefix]",
    'secret_live = "acme_sk_live_"',
    'secret_test = "acme_sk_test_"',
    'public_live = "acme_pk_live_"',
    'public_test = "acme_pk_test_"',
    "retired = [",
    ...retired,
    "]",
  ].join("\n");
}
