// What this server is, and where to read about it.

import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { BASE } from "../lib/base.ts";
import { useInstance } from "./instance.ts";
import { words } from "./words.ts";

const text = words.about;

export function About() {
  const { one, error, refetch } = useInstance();
  if (!one) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting />;
  return (
    <section className="ks-stack">
      <h2 className="ks-part-title">{text.title}</h2>
      <dl className="ks-facts">
        <dt>{text.version}</dt>
        <dd>{one.version}</dd>
        <dt>{text.address}</dt>
        <dd className="ks-mono">{location.origin + BASE}</dd>
        <dt>{text.can}</dt>
        <dd>
          {one.capabilities.map((name) => (
            <div key={name}>{text.capabilities[name] ?? name}</div>
          ))}
        </dd>
        <dt>{text.links}</dt>
        <dd>
          <a href={`${BASE}/docs`}>{text.docs}</a> · <a href={`${BASE}/docs/api`}>{text.api}</a> ·{" "}
          <a href={`${BASE}/openapi.json`}>{text.openapi}</a>
        </dd>
      </dl>
    </section>
  );
}
