import { isPartlyFailed, statusLabel } from './labels.js';

interface StatusChipProps {
  readonly status: string;
  /** Number of failed items of a replication. */
  readonly failed?: number | undefined;
}

/** Label of a status. Its colour only repeats its text. */
export function StatusChip({ status, failed = 0 }: StatusChipProps) {
  const modifier = isPartlyFailed(status, failed) ? 'partly-failed' : status.toLowerCase();
  return <span className={`pg-chip pg-chip-${modifier}`}>{statusLabel(status, failed)}</span>;
}
