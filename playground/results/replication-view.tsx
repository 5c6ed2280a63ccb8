import './replication.css';
import { useEffect, useState } from 'react';
import type { FoundReplication } from './extract-entities.js';
import type { ShownReplication } from './follow-replication.js';
import { asSentence, hasEnded, humanize, statusLabel } from './labels.js';
import { ReplicationHead } from './replication-head.js';
import { ReplicationItems } from './replication-items.js';
import { type Position, useReplication } from './use-replication.js';

interface SharedProps {
  readonly headers: Readonly<Record<string, string>>;
  /** Every value of `ReplicationItemStatus`. */
  readonly itemStatuses: readonly string[];
  /** Announces the end of a replication. Must be a stable function. */
  readonly announce: (message: string) => void;
}

/** Replications of a response. Shows one of them, and offers the others in a menu. */
export function Replications(props: SharedProps & { readonly replications: readonly FoundReplication[] }) {
  const { replications, ...sharedProps } = props;
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
        <ReplicationHead replication={replication} onShowFailed={null} />
      ) : (
        <LiveReplication key={replication.id} id={replication.id} found={replication} {...sharedProps} />
      )}
    </article>
  );
}

function labelOf({ id, targetModel, status, counts }: FoundReplication, index: number): string {
  const facts = [targetModel, status && statusLabel(status, counts?.failed), id].filter(Boolean);
  return facts.length > 0 ? facts.join(', ') : `number ${index + 1}`;
}

/** Returns the announcement of a replication's end, or null before that. */
function endOf(replication: ShownReplication | null): string | null {
  if (!replication || !hasEnded(replication.status)) return null;
  return `Replication ${statusLabel(replication.status, replication.counts.failed).toLowerCase()}`;
}

function LiveReplication(props: SharedProps & { readonly id: string; readonly found: FoundReplication }) {
  const { id, found, headers, itemStatuses, announce } = props;
  const [position, setPosition] = useState<Position>({ cursors: [], status: null });
  const {
    replication,
    error,
    retryInSeconds,
    position: visiblePosition,
  } = useReplication(id, position, headers);
  const current = { ...found, ...replication };
  const end = endOf(replication);
  useEffect(() => {
    if (end !== null) announce(end);
  }, [end, announce]);
  const openPage = (cursors: readonly string[]) => setPosition({ ...position, cursors });
  const showFailed = () => setPosition({ cursors: [], status: 'FAILED' });
  return (
    <>
      <ReplicationHead replication={current} onShowFailed={end === null ? null : showFailed} />
      {error !== null &&
        (retryInSeconds === null ? (
          <p className="pg-card-error">{error}</p>
        ) : (
          <p className="pg-small">
            {asSentence(error)} Next attempt in {retryInSeconds} s.
          </p>
        ))}
      <label className="pg-choice">
        Items
        <select
          value={position.status ?? ''}
          onChange={(event) => setPosition({ cursors: [], status: event.target.value || null })}
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
          isBusy={visiblePosition !== position && error === null}
          page={visiblePosition.cursors.length}
          onPrevious={() => openPage(position.cursors.slice(0, -1))}
          onNext={(after) => openPage([...position.cursors, after])}
        />
      )}
    </>
  );
}
