import type { ReplicationCounts } from './found-objects.js';

/** How much of a job is done. */
export interface Progress {
  readonly done: number;
  /** Of those that are done. */
  readonly failed: number;
  readonly total: number;
}

const ENDED = new Set(['PLANNED', 'COMPLETED', 'FAILED', 'INTERRUPTED', 'CANCELLED', 'UNDONE']);

/** Whether a replication has come to a stop, so that following it ends. */
export function hasEnded(status: string | undefined): boolean {
  return status !== undefined && ENDED.has(status);
}

/** An enum's value as one reads it: `IN_SYNC` is `In sync`. */
export function humanize(value: string): string {
  const words = value.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A status as one reads it; of a replication that has completed, with how many of its items have failed. */
export function statusWords(status: string, failed = 0): string {
  return isPartlyFailed(status, failed) ? `${humanize(status)}, ${failed} failed` : humanize(status);
}

/** Whether a replication is at its end, but not all of it. */
export function isPartlyFailed(status: string, failed: number): boolean {
  return status === 'COMPLETED' && failed > 0;
}

/** A message with its full stop, so that another sentence can follow. */
export function asSentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

/** How far a replication is, or its undoing; null where that is not known yet, and for a plan, which does nothing. */
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

/** The whole percent that is certainly done: 100 only at the end. */
export function percentOf({ done, total }: Progress): number {
  return total === 0 ? 100 : Math.floor((100 * done) / total);
}

/** A time in words, of at most two units. */
export function durationOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
