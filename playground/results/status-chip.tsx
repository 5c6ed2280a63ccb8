import { humanize } from './words.js';

/** A status as a small label; its colour only repeats what its word says. */
export function StatusChip({ status }: { status: string }) {
  return <span className={`pg-chip pg-chip-${status.toLowerCase()}`}>{humanize(status)}</span>;
}
