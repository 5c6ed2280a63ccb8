import { pause } from '../async/pause.js';
import { monotonicMs } from '../domain/clock.js';
import { CommandFailure, ExitStatus } from './failure.js';
import { commandLine, type GatewayClient, Unreachable } from './gateway-client.js';
import { cancelReplication, type Job, readJob, resumeReplication } from './operations.js';
import { startProgress } from './progress.js';
import type { Session } from './session.js';
import { say } from './terminal.js';

const POLL_MS = 250;
/** For how long a gateway that does not answer is taken for one that is restarting. */
const PATIENCE_MS = 60_000;
/** Under its own key a gateway goes on by itself with what its stop has cut off; this long it is waited for. */
const RECOVERY_MS = 1_000;

const UNDER_WAY: readonly Job['status'][] = ['WAITING', 'PLANNING', 'RUNNING', 'CANCELLING'];

/**
 * Follows a replication to its end. Ctrl-C cancels it, and its end is waited for all the same. A gateway that goes away
 * is waited for, and a replication that this has cut off is resumed.
 * @throws CommandFailure
 */
export async function follow(session: Session, id: string, patienceMs = PATIENCE_MS): Promise<Job> {
  const { client, terminal, interrupted } = session;
  const progress = startProgress(terminal.stderr);
  let silentSince: number | null = null;
  let interruptedSince: number | null = null;
  let isAsked = false;
  let isCancelled = false;
  try {
    for (;;) {
      try {
        if (interrupted.aborted && !isCancelled) {
          if (!isAsked) say(terminal, cancelling(session, id));
          isAsked = true;
          await cancelReplication(client, id);
          isCancelled = true;
        }
        const job = await readJob(client, id);
        silentSince = null;
        progress.show(job);
        if (job.status === 'INTERRUPTED') {
          // A job whose record cannot be written cannot be resumed until that is fixed.
          if (interrupted.aborted || job.error) return job;
          interruptedSince ??= monotonicMs();
          if (monotonicMs() - interruptedSince >= RECOVERY_MS) await resume(client, id);
        } else {
          if (!UNDER_WAY.includes(job.status)) return job;
          interruptedSince = null;
        }
      } catch (error) {
        // What is wrong with the request will be wrong the next time; all else can pass.
        if (!(error instanceof CommandFailure) || error.status !== ExitStatus.failed) throw error;
        silentSince ??= monotonicMs();
        if (monotonicMs() - silentSince >= patienceMs) throw lost(session, id, error);
        progress.note(`${error.message} Retrying.`);
      }
      // An interruption ends this pause once, and no later one.
      await pause(POLL_MS, interrupted.aborted ? undefined : interrupted);
    }
  } finally {
    progress.end();
  }
}

/** What is said at Ctrl-C, on a line of its own. */
function cancelling({ client, terminal }: Session, id: string): string {
  const cancel = commandLine(client, 'cancel', id);
  const quit = `Ctrl-C again quits immediately; to cancel later: ${cancel}`;
  const line = `Cancelling: requests in progress are being completed. ${quit}`;
  return terminal.stderr.isTTY ? `\n${line}` : line;
}

/** Resumes what is still interrupted; the gateway can have done it in the meantime. */
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
