import { ExitStatus } from './failure.js';
import { commandLine } from './hint.js';
import { type FormatFlags, writeMapping } from './mapping.js';
import { type Item, type Job, readItems } from './operations.js';
import type { Session } from './session.js';
import { say, type Terminal } from './terminal.js';

const MAX_FAILURES = 20;
/** What would fail in the same way again. */
const FOR_GOOD = new Set(['INVALID', 'REQUIRED', 'CONFLICT', 'VERIFICATION_FAILED']);

/** Reports how a replication has ended: its counts, the mapping on stdout, what failed. Gives the exit status. */
export async function reportOutcome(session: Session, job: Job, format: FormatFlags): Promise<number> {
  const { client, terminal, interrupted } = session;
  const items = await readItems(client, job.id);
  const canHelp = items.some(({ error }) => error && !FOR_GOOD.has(error.code));
  say(terminal, summaryOf(job, commandLine(client, 'resume', job.id), canHelp));
  writeMapping(terminal, items, format);
  reportFailures(terminal, items);
  if (interrupted.aborted) return ExitStatus.interrupted;
  return job.status === 'COMPLETED' && job.counts.failed === 0 ? ExitStatus.done : ExitStatus.failed;
}

/** Names what failed, and why. */
export function reportFailures(terminal: Terminal, items: readonly Item[]): void {
  const failed = items.filter(({ status }) => status === 'FAILED');
  for (const { source, error } of failed.slice(0, MAX_FAILURES))
    say(terminal, `  failed: ${source.name ?? source.id}: ${error?.message ?? 'for an unknown reason'}`);
  if (failed.length > MAX_FAILURES) say(terminal, `  ... and ${failed.length - MAX_FAILURES} more`);
}

const ENDINGS: Partial<Record<Job['status'], string>> = {
  COMPLETED: 'Completed',
  CANCELLED: 'Cancelled',
  FAILED: 'Stopped',
  INTERRUPTED: 'Interrupted',
  UNDONE: 'Undone',
};

/** Counts in words, the zeros left out. */
export function countsInWords(counts: Job['counts']): string[] {
  const order = ['created', 'pending', 'updated', 'skipped', 'failed', 'undone'] as const;
  return order.filter((name) => counts[name] > 0).map((name) => `${counts[name]} ${name}`);
}

function summaryOf({ status, counts, error }: Job, resume: string, canHelp: boolean): string {
  const { created, pending, ...others } = counts;
  const first =
    status === 'CANCELLED' || pending > 0 ? `${created} created, ${pending} pending` : `${created} created`;
  const numbers = [first, ...countsInWords({ ...others, created: 0, pending: 0 })].join(', ');
  const reason = error ? ` (${error.message})` : '';
  const summary = `${ENDINGS[status] ?? status}${reason}: ${numbers}.`;
  if (status === 'UNDONE') return summary;
  if (status !== 'COMPLETED') return `${summary} Go on with: ${resume}`;
  return counts.failed > 0 && canHelp ? `${summary} Try what failed again with: ${resume}` : summary;
}
