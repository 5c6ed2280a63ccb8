import { useId } from 'react';
import type { SeenReplication } from './follow-replication.js';
import type { FoundReplication, ReplicationCounts } from './found-objects.js';
import { StatusChip } from './status-chip.js';
import { durationOf, hasEnded, humanize, percentOf, progressOf } from './words.js';

type Known = FoundReplication & Partial<Omit<SeenReplication, keyof FoundReplication>>;

const COUNTS = ['created', 'updated', 'skipped', 'failed', 'undone'] as const;

/** What a replication does, and how far it is. */
export function ReplicationHead({ replication }: { replication: Known }) {
  const { id, targetModel, status, dryRun, counts, error, waitsFor } = replication;
  return (
    <header className="pg-replication-head">
      <h3>
        Replication {targetModel && <>to {targetModel}</>} {status && <StatusChip status={status} />}{' '}
        {dryRun && <span className="pg-chip">Dry run</span>}
      </h3>
      {id !== null && <p className="pg-small">{id}</p>}
      {waitsFor && <p>Waits for the end of the replication {waitsFor}.</p>}
      {error && (
        <p className="pg-card-fault">
          <code>{error.code}</code> {error.message}
        </p>
      )}
      <ProgressLine replication={replication} />
      {counts && <Counts counts={counts} dryRun={dryRun === true} />}
    </header>
  );
}

function ProgressLine({ replication }: { replication: Known }) {
  const { status, dryRun, counts, throughput, etaSeconds } = replication;
  const id = useId();
  const progress = progressOf(status, dryRun, counts);
  if (!progress && (status === undefined || hasEnded(status))) return null;
  const words = progress
    ? [`${progress.done} of ${progress.total} (${percentOf(progress)} %)`]
    : [status === undefined ? '' : humanize(status)];
  if (etaSeconds != null) words.push(`about ${durationOf(etaSeconds)} left`);
  if (throughput != null) words.push(`${throughput.toFixed(1)} per second`);
  return (
    <div className="pg-progress">
      <span id={id}>{words.join(', ')}</span>
      {progress ? (
        <progress aria-labelledby={id} value={progress.done} max={Math.max(progress.total, 1)} />
      ) : (
        <progress aria-labelledby={id} />
      )}
    </div>
  );
}

function Counts({ counts, dryRun }: { counts: Partial<ReplicationCounts>; dryRun: boolean }) {
  const shown = COUNTS.filter((name) => counts[name]).map((name) => `${counts[name]} ${name}`);
  if (counts.pending) shown.push(`${counts.pending} ${dryRun ? 'would be done' : 'pending'}`);
  return <p className="pg-small">{shown.join(', ')}</p>;
}
