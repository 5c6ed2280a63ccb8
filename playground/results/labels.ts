import type { ReplicationCounts } from './extract-entities.js';

/** Progress of a job. */
export interface Progress {
  readonly done: number;
  /** Number of failed items among the finished ones. */
  readonly failed: number;
  readonly total: number;
}

const ENDED = new Set(['PLANNED', 'COMPLETED', 'FAILED', 'INTERRUPTED', 'CANCELLED', 'UNDONE']);

/** Returns true if a replication has a final status, so that following it ends. */
export function hasEnded(status: string | undefined): boolean {
  return status !== undefined && ENDED.has(status);
}

/** Formats an enum value: `IN_SYNC` becomes `In sync`. */
export function humanize(value: string): string {
  const label = value.replaceAll('_', ' ').toLowerCase();
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** Formats a status. A completed replication includes the number of failed items. */
export function statusLabel(status: string, failed = 0): string {
  return isPartlyFailed(status, failed) ? `${humanize(status)}, ${failed} failed` : humanize(status);
}

/** Returns true if a completed replication has failed items. */
export function isPartlyFailed(status: string, failed: number): boolean {
  return status === 'COMPLETED' && failed > 0;
}

/** Adds a full stop to a message, so that another sentence can follow. */
export function asSentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/** Returns the progress of a replication or its undo, or null if it is unknown or a plan. */
export function progressOf(
  status: string | undefined,
  dryRun: boolean | undefined,
  counts: Partial<ReplicationCounts> | undefined,
): Progress | null {
  const { total, pending, created, undone, failed = 0 } = counts ?? {};
  if (dryRun === true || status === 'PLANNING') return null;
  if (status === 'UNDOING' || status === 'UNDONE') {
    if (created === undefined || undone === undefined) return null;
    return { done: undone, failed: 0, total: created + undone };
  }
  return total === undefined || pending === undefined ? null : { done: total - pending, failed, total };
}

/** Returns the progress in whole percent, rounded down, so that 100 means the end. */
export function percentOf({ done, total }: Progress): number {
  return total === 0 ? 100 : Math.floor((100 * done) / total);
}

/** Formats a duration with at most two units. */
export function durationOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
