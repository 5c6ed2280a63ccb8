import { isPartlyFailed, statusWords } from './words.js';

interface StatusChipProps {
  readonly status: string;
  /** Of a replication: how many of its items have failed. */
  readonly failed?: number | undefined;
}

/** A status as a small label; its colour only repeats what its words say. */
export function StatusChip({ status, failed = 0 }: StatusChipProps) {
  const look = isPartlyFailed(status, failed) ? 'partly-failed' : status.toLowerCase();
  return <span className={`pg-chip pg-chip-${look}`}>{statusWords(status, failed)}</span>;
}
