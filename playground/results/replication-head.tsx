import { type CSSProperties, Fragment, useId } from 'react';
import type { FoundReplication, ReplicationCounts } from './extract-entities.js';
import type { ShownReplication } from './follow-replication.js';
import { durationOf, hasEnded, humanize, percentOf, progressOf } from './labels.js';
import { StatusChip } from './status-chip.js';

type Known = FoundReplication & Partial<Omit<ShownReplication, keyof FoundReplication>>;

const COUNTS = ['created', 'updated', 'skipped', 'failed', 'undone'] as const;

interface ReplicationHeadProps {
  readonly replication: Known;
  /** Shows only the failed items, or null while the replication runs. */
  readonly onShowFailed: (() => void) | null;
}

/** Head of a replication with its status and progress. */
export function ReplicationHead({ replication, onShowFailed }: ReplicationHeadProps) {
  const { id, targetModel, status, dryRun, counts, error, waitsFor } = replication;
  return (
    <header className="pg-replication-head">
      <h3>
        Replication {targetModel && <>to {targetModel}</>}{' '}
        {status && <StatusChip status={status} failed={counts?.failed} />}{' '}
        {dryRun && <span className="pg-chip">Dry run</span>}
      </h3>
      {id !== null && <p className="pg-small">{id}</p>}
      {waitsFor && <p>Waits for the end of the replication {waitsFor}.</p>}
      {error && (
        <p className="pg-card-error">
          <code>{error.code}</code> {error.message}
        </p>
      )}
      <ProgressLine replication={replication} />
      {counts && <Counts counts={counts} dryRun={dryRun === true} onShowFailed={onShowFailed} />}
    </header>
  );
}

function ProgressLine({ replication }: { replication: Known }) {
  const { status, dryRun, counts, throughput, etaSeconds } = replication;
  const id = useId();
  const progress = progressOf(status, dryRun, counts);
  if (!progress && (status === undefined || hasEnded(status))) return null;
  const { done, total, failed } = progress ?? { done: 0, total: 0, failed: 0 };
  // Share of failed items in the filled part of the bar.
  const style = { '--pg-failed': `${(100 * failed) / Math.max(done, 1)}%` } as CSSProperties;
  const details = progress
    ? [`${done} of ${total} (${percentOf(progress)} %)`]
    : [status === undefined ? '' : humanize(status)];
  if (etaSeconds != null) details.push(`about ${durationOf(etaSeconds)} left`);
  if (throughput != null) details.push(`${throughput.toFixed(1)} per second`);
  return (
    <div className="pg-progress">
      <span id={id}>{details.join(', ')}</span>
      {progress ? (
        <progress aria-labelledby={id} value={done} max={Math.max(total, 1)} style={style} />
      ) : (
        <progress aria-labelledby={id} />
      )}
    </div>
  );
}

interface CountsProps {
  readonly counts: Partial<ReplicationCounts>;
  readonly dryRun: boolean;
  readonly onShowFailed: (() => void) | null;
}

function Counts({ counts, dryRun, onShowFailed }: CountsProps) {
  const visibleCounts = COUNTS.filter((name) => counts[name]);
  const pending = dryRun ? 'would be done' : 'pending';
  return (
    <p className="pg-small">
      {visibleCounts.map((name, index) => (
        <Fragment key={name}>
          {index > 0 && ', '}
          {name === 'failed' && onShowFailed ? (
            <button type="button" className="pg-show-failed" title="Show only these" onClick={onShowFailed}>
              {counts.failed} failed
            </button>
          ) : (
            `${counts[name]} ${name}`
          )}
        </Fragment>
      ))}
      {counts.pending ? `${visibleCounts.length > 0 ? ', ' : ''}${counts.pending} ${pending}` : ''}
    </p>
  );
}
