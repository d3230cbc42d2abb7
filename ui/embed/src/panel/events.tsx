// What happened to a key, newest first.

import { Button } from "@keystead/parts/button.tsx";
import { Failed, Waiting } from "@keystead/parts/states.tsx";
import { Time } from "@keystead/parts/time.tsx";
import type { ApiKey, CurrentUser } from "@keystead/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useHeld } from "../provider.tsx";
import { who } from "./actor.ts";
import { actions, drawer as text } from "./words.ts";

const PAGE = 20;

export function Events({ of: key, me }: { of: ApiKey; me: CurrentUser }) {
  const { cache } = useHeld();
  const query = useInfiniteQuery(
    {
      queryKey: ["keys", key.owner.id, "events", key.id],
      queryFn: ({ pageParam, signal }) => key.events({ limit: PAGE, signal, ...(pageParam && { cursor: pageParam }) }),
      initialPageParam: "",
      getNextPageParam: (page) => page.nextCursor,
    },
    cache,
  );
  const events = query.data?.pages.flatMap((page) => page.items);
  return (
    <section className="ks-section">
      <h3 className="ks-label">{text.history}</h3>
      {query.error && <Failed error={query.error} onRetry={() => void query.refetch()} />}
      {!events && !query.error && <Waiting lines={2} />}
      {events?.length === 0 && <p className="ks-soft">{text.historyNone}</p>}
      {events && events.length > 0 && (
        <ol className="ks-events">
          {events.map(({ id, at, actor, action }) => (
            <li key={id}>
              <span>
                {actions[action] ?? action} <span className="ks-soft ks-wrap">{text.by(who(actor, me))}</span>
              </span>
              <span className="ks-soft">
                <Time at={at} relative />
              </span>
            </li>
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <Button kind="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {text.older}
        </Button>
      )}
    </section>
  );
}
