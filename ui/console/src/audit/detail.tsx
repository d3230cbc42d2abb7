// One entry: the circumstances, and what was before and after.

import { Button } from "@keystead/parts/button.tsx";
import { Dialog } from "@keystead/parts/dialog.tsx";
import { exact } from "@keystead/parts/time.tsx";
import type { ReactNode } from "react";
import { Actor, Linked } from "./actor.tsx";
import { type AuditEvent, type Difference, lists, plain, read } from "./event.ts";
import { actionWords, fieldWords, words } from "./words.ts";

interface DetailProps {
  event: AuditEvent;
  onOnly: (filter: Record<string, string>) => void;
  onClose: () => void;
}

export function Detail({ event, onOnly, onClose }: DetailProps) {
  const { changed, facts } = read(event.details);
  const { detail } = words;
  return (
    <Dialog side="right" title={actionWords(event.action)} onClose={onClose}>
      <dl className="ks-facts">
        <Fact name={detail.at}>
          <time dateTime={event.at}>{exact(new Date(event.at))}</time>
        </Fact>
        <Fact name={detail.actor}>
          <Actor actor={event.actor} />
        </Fact>
        <Fact name={detail.subject}>
          <Linked id={event.subject} />
        </Fact>
        {event.owner_id && event.owner_id !== event.subject && (
          <Fact name={detail.owner}>
            <Linked id={event.owner_id} />
          </Fact>
        )}
        {event.address && <Fact name={detail.address}>{event.address}</Fact>}
        {event.request_id && (
          <Fact name={detail.request}>
            <span className="ks-mono">{event.request_id}</span>
          </Fact>
        )}
        <Fact name={detail.id}>
          <span className="ks-mono">{event.id}</span>
        </Fact>
        <Fact name={detail.seq}>{event.seq.toLocaleString()}</Fact>
      </dl>
      {changed.length > 0 && <Changes changed={changed} />}
      {facts.length > 0 && (
        <section className="ks-stack">
          <h3 className="ks-label">{detail.more}</h3>
          <dl className="ks-facts">
            {facts.map(([field, value]) => (
              <Fact key={field} name={fieldWords(field)}>
                {plain(value)}
              </Fact>
            ))}
          </dl>
        </section>
      )}
      {changed.length + facts.length === 0 && <p className="ks-soft">{detail.none}</p>}
      <div className="ks-row">
        <Button onClick={() => onOnly({ actor: event.actor })}>{detail.onlyActor}</Button>
        <Button onClick={() => onOnly({ id: event.subject })}>{detail.onlySubject}</Button>
      </div>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Changes({ changed }: { changed: readonly Difference[] }) {
  const { detail } = words;
  return (
    <table className="ks-diff">
      <caption className="ks-label">{detail.changed}</caption>
      <thead>
        <tr>
          <th scope="col">{detail.field}</th>
          <th scope="col">{detail.before}</th>
          <th scope="col">{detail.after}</th>
        </tr>
      </thead>
      <tbody>
        {changed.map(({ field, before, after }) => {
          const both = lists(before, after);
          return (
            <tr key={field}>
              <th scope="row">{fieldWords(field)}</th>
              <td>
                {both ? <Some kind="del" items={both.removed} all={before} /> : <Value kind="del" value={before} />}
              </td>
              <td>{both ? <Some kind="ins" items={both.added} all={after} /> : <Value kind="ins" value={after} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Value({ kind: Kind, value }: { kind: "ins" | "del"; value: unknown }) {
  const text = plain(value);
  return text === "" ? <span className="ks-soft">{words.detail.empty}</span> : <Kind>{text}</Kind>;
}

/** A list, with what came or went marked. */
function Some({ kind: Kind, items, all }: { kind: "ins" | "del"; items: readonly string[]; all: unknown }) {
  const every = Array.isArray(all) ? all.map(plain) : [];
  if (every.length === 0) return <span className="ks-soft">{words.detail.empty}</span>;
  return (
    <ul className="ks-plain">
      {every.map((one) => (
        <li key={one}>{items.includes(one) ? <Kind>{one}</Kind> : one}</li>
      ))}
    </ul>
  );
}
