import type { Backoff } from '../../../async/backoff.js';
import { waitAtMost } from '../../../async/pause.js';
import { poll } from '../../../async/poll.js';
import { sharedController } from '../../../async/shutdown-signal.js';
import { TaskGroup } from '../../../async/task-group.js';
import type { Log } from '../../../domain/log.js';
import type { Replication } from '../../../domain/replication.js';
import { StoreError } from '../../../domain/store-error.js';
import { UpstreamError } from '../../../domain/upstream-error.js';
import type {
  ClaimedReplication,
  ReplicationChanges,
  ReplicationStore,
} from '../../../storage/replication-store.js';
import type { ReplicationCaller } from '../request.js';
import { CancellationToken } from './cancellation.js';
import { JobClient } from './job-client.js';
import type { JobContext } from './job-context.js';
import { endOf } from './job-errors.js';
import { JOB_RETRY, type JobRetryPolicy } from './retry.js';

export interface RunnerOptions {
  readonly store: ReplicationStore;
  /** See {@link JobContext}. */
  readonly lostResponseTimeoutMs: number;
  /** Defaults to {@link JOB_RETRY}. */
  readonly retry?: JobRetryPolicy | undefined;
  readonly log: Log;
}

interface RunningJob {
  readonly token: CancellationToken;
  readonly done: Promise<void>;
}

interface UnrecordedEnd {
  readonly claimed: ClaimedReplication;
  readonly changes: ReplicationChanges;
}

/** Interval at which a running job checks for a cancel request of another process, in milliseconds. */
const LOOK_MS = 500;
/** Pauses between checks whether another process has ended a job. */
const END_BACKOFF: Backoff = { firstMs: 50, ceilingMs: 50 };
/** Time that calls in progress have to end when the gateway closes, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Runs the jobs that this process has claimed, and records their ends, later if the store fails. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #running = new Map<string, RunningJob>();
  readonly #tasks = new TaskGroup();
  /** Ends of jobs that could not be recorded yet. */
  readonly #unrecorded = new Map<string, UnrecordedEnd>();
  readonly #abortCalls = sharedController();
  #isClosing = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Number of jobs that run here. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Starts a claimed job.
   * @param work Returns the final changes of the job.
   * @returns A promise that resolves when the job has ended, successfully or not.
   */
  start(
    replication: Replication,
    claimed: ClaimedReplication,
    caller: ReplicationCaller,
    work: (context: JobContext) => Promise<ReplicationChanges>,
  ): Promise<void> {
    const { store, lostResponseTimeoutMs, retry = JOB_RETRY, log } = this.#options;
    const { id, options } = replication;
    const token = new CancellationToken();
    if (this.#isClosing) token.stop('CLOSING');
    const portkey = caller.backgroundPortkey(this.#abortCalls.signal);
    const client = JobClient.create(portkey, options.concurrency, token, retry);
    const watch = setInterval(() => void lookForCancel(claimed, token), LOOK_MS).unref();
    const run = async () => {
      const context = { replication, claimed, store, client, token, lostResponseTimeoutMs, log };
      const changes = await work(context).catch((error: unknown) =>
        endOf(replication, error instanceof Error ? error : new Error('Unknown error.')),
      );
      await this.#end(replication, { claimed, changes }, token);
      clearInterval(watch);
      this.#running.delete(id);
    };
    const done = this.#tasks.run(run);
    this.#running.set(id, { token, done });
    return done;
  }

  /** Waits until a job has ended, here or in another process, for at most `ms` or until the signal. */
  async awaitEnd(id: string, ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0 || signal.aborted) return;
    const running = this.#running.get(id);
    if (running) return waitAtMost(running.done, ms, signal);
    const hasEnded = async () => signal.aborted || !(await this.#options.store.isClaimed(id));
    await poll(async () => (await hasEnded()) || null, ms, END_BACKOFF);
  }

  /** Stops a job if it runs here. */
  cancel(id: string): void {
    this.#running.get(id)?.token.stop('CANCELLED');
  }

  /** Returns the current state of a job, even if the store does not have it yet. */
  async current(replication: Replication): Promise<Replication> {
    const end = this.#unrecorded.get(replication.id);
    if (!end) return replication;
    await this.settle(replication.id).catch(() => {});
    return { ...replication, ...end.changes };
  }

  /** Records the end of a job that could not be recorded before. @throws StoreError if it still cannot. */
  async settle(id: string): Promise<void> {
    const end = this.#unrecorded.get(id);
    if (!end) return;
    await end.claimed.release(end.changes);
    if (this.#unrecorded.get(id) === end) this.#unrecorded.delete(id);
  }

  /** Stops all jobs, and waits until they have ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { token } of this.#running.values()) token.stop('CLOSING');
    const abort = () => this.#abortCalls.abort(new Error('The gateway is closing.'));
    const timer = setTimeout(abort, CLOSE_TIMEOUT_MS);
    await this.#tasks.idle();
    clearTimeout(timer);
  }

  async #end({ id }: Replication, end: UnrecordedEnd, token: CancellationToken): Promise<void> {
    const { log } = this.#options;
    // A completed job has made all copies; only the search for duplicates can have failed.
    const reason = end.changes.status === 'COMPLETED' ? null : token.reason;
    if (reason instanceof UpstreamError || reason instanceof StoreError) {
      log.warn({ replication: id, reason: reason.message }, 'Replication stopped.');
    } else if (reason instanceof Error) {
      log.error(
        { replication: id, reason: reason.message, stack: reason.stack },
        'Replication failed because of an internal error.',
      );
    }
    log.info({ replication: id, status: end.changes.status }, 'Replication ended.');
    this.#unrecorded.set(id, end);
    await this.settle(id).catch(() => {});
  }
}

async function lookForCancel(claimed: ClaimedReplication, token: CancellationToken): Promise<void> {
  const isRequested = await claimed.isCancelRequested().catch(() => false);
  if (isRequested) token.stop('CANCELLED');
}
