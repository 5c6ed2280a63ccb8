import { pause } from '../async/pause.js';
import { monotonicMs } from '../domain/clock.js';
import { IN_PROGRESS } from '../domain/replication.js';
import { CommandFailure, ExitStatus } from './failure.js';
import { commandLine, type GatewayClient, Unreachable } from './gateway-client.js';
import { cancelReplication, type Job, readJob, resumeReplication } from './operations.js';
import { startProgress } from './progress.js';
import type { Session } from './session.js';
import { info } from './terminal.js';

const POLL_MS = 250;
/** Time in milliseconds for which a gateway that does not respond is assumed to be restarting. */
const UNREACHABLE_TIMEOUT_MS = 60_000;
/** Delay in milliseconds before resuming. A gateway with its own key resumes interrupted replications itself. */
const RESUME_DELAY_MS = 1_000;

/**
 * Follows a replication until it ends, also after Ctrl-C has cancelled it. If the gateway restarts, the function resumes the
 * interrupted replication.
 * @throws CommandFailure
 */
export async function follow(session: Session, id: string, timeoutMs = UNREACHABLE_TIMEOUT_MS): Promise<Job> {
  const { client, terminal, interrupted } = session;
  const progress = startProgress(terminal.stderr);
  let unreachableSince: number | null = null;
  let interruptedSince: number | null = null;
  let isAnnounced = false;
  let isCancelled = false;
  try {
    for (;;) {
      try {
        if (interrupted.aborted && !isCancelled) {
          if (!isAnnounced) info(terminal, cancelling(session, id));
          isAnnounced = true;
          await cancelReplication(client, id);
          isCancelled = true;
        }
        const job = await readJob(client, id);
        unreachableSince = null;
        progress.show(job);
        if (job.status === 'INTERRUPTED') {
          // A job with an error could not be recorded, and cannot be resumed until the cause is fixed.
          if (interrupted.aborted || job.error) return job;
          interruptedSince ??= monotonicMs();
          if (monotonicMs() - interruptedSince >= RESUME_DELAY_MS) await resume(client, id);
        } else {
          if (!IN_PROGRESS.has(job.status)) return job;
          interruptedSince = null;
        }
      } catch (error) {
        // An invalid request stays invalid. Other failures can be temporary.
        if (!(error instanceof CommandFailure) || error.status !== ExitStatus.failed) throw error;
        unreachableSince ??= monotonicMs();
        if (monotonicMs() - unreachableSince >= timeoutMs) throw lost(session, id, error);
        progress.note(`${error.message} Retrying.`);
      }
      // Ctrl-C ends the current pause early, but not later ones.
      await pause(POLL_MS, interrupted.aborted ? undefined : interrupted);
    }
  } finally {
    progress.end();
  }
}

/** Returns the message after Ctrl-C. On a terminal it starts on a new line, below the progress bar. */
function cancelling({ client, terminal }: Session, id: string): string {
  const cancel = commandLine(client, 'cancel', id);
  const quit = `Press Ctrl-C again to quit immediately. To cancel later: ${cancel}`;
  const line = `Cancelling. Requests in progress are being completed. ${quit}`;
  return terminal.stderr.isTTY ? `\n${line}` : line;
}

/** Resumes a replication. An error is ignored if the gateway itself has resumed it in the meantime. */
async function resume(client: GatewayClient, id: string): Promise<void> {
  try {
    await resumeReplication(client, id);
  } catch (error) {
    if (error instanceof Unreachable || (await readJob(client, id)).status === 'INTERRUPTED') throw error;
  }
}

function lost({ client, interrupted }: Session, id: string, { message }: CommandFailure): CommandFailure {
  return new CommandFailure(
    [
      message,
      'The replication may still be running there. To check and to resume it:',
      `  ${commandLine(client, 'replications')}`,
      `  ${commandLine(client, 'resume', id)}`,
    ].join('\n'),
    interrupted.aborted ? ExitStatus.interrupted : ExitStatus.failed,
  );
}
