import './replication.css';
import { useEffect, useState } from 'react';
import type { FoundReplication } from './found-objects.js';
import { ReplicationHead } from './replication-head.js';
import { ReplicationItems } from './replication-items.js';
import { type Place, useReplication } from './use-replication.js';
import { hasEnded, humanize } from './words.js';

interface Surroundings {
  readonly headers: Readonly<Record<string, string>>;
  /** Every value of `ReplicationItemStatus`. */
  readonly itemStatuses: readonly string[];
  /** Told in words when a replication has ended; must stay the same. */
  readonly announce: (words: string) => void;
}

/** The replications of an answer; of several one is shown, and the others can be chosen. */
export function Replications(props: Surroundings & { readonly replications: readonly FoundReplication[] }) {
  const { replications, ...surroundings } = props;
  const [chosen, setChosen] = useState(0);
  const replication = replications[chosen] ?? replications[0];
  if (!replication) return null;
  return (
    <article className="pg-replication">
      {replications.length > 1 && (
        <label className="pg-choice">
          Replication
          <select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
            {replications.map((other, index) => (
              <option key={other.id ?? `number ${index}`} value={index}>
                {labelOf(other, index)}
              </option>
            ))}
          </select>
        </label>
      )}
      {replication.id === null ? (
        <ReplicationHead replication={replication} />
      ) : (
        <LiveReplication key={replication.id} id={replication.id} found={replication} {...surroundings} />
      )}
    </article>
  );
}

function labelOf({ id, targetModel, status }: FoundReplication, index: number): string {
  const facts = [targetModel, status && humanize(status), id].filter(Boolean);
  return facts.length > 0 ? facts.join(', ') : `number ${index + 1}`;
}

function LiveReplication(props: Surroundings & { readonly id: string; readonly found: FoundReplication }) {
  const { id, found, headers, itemStatuses, announce } = props;
  const [place, setPlace] = useState<Place>({ cursors: [], status: null });
  const { replication, fault, place: seenPlace } = useReplication(id, place, headers);
  const known = { ...found, ...replication };
  const end = hasEnded(replication?.status) ? `Replication ${replication?.status.toLowerCase()}` : null;
  useEffect(() => {
    if (end !== null) announce(end);
  }, [end, announce]);
  const turn = (cursors: readonly string[]) => setPlace({ ...place, cursors });
  return (
    <>
      <ReplicationHead replication={known} />
      {fault !== null && <p className="pg-card-fault">{fault}</p>}
      <label className="pg-choice">
        Items
        <select
          value={place.status ?? ''}
          onChange={(event) => setPlace({ cursors: [], status: event.target.value || null })}
        >
          <option value="">All</option>
          {itemStatuses.map((status) => (
            <option key={status} value={status}>
              {humanize(status)}
            </option>
          ))}
        </select>
      </label>
      {replication?.items && (
        <ReplicationItems
          items={replication.items}
          isBusy={seenPlace !== place && fault === null}
          page={seenPlace.cursors.length}
          onPrevious={() => turn(place.cursors.slice(0, -1))}
          onNext={(after) => turn([...place.cursors, after])}
        />
      )}
    </>
  );
}
