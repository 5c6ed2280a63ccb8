import { timestamp } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Page } from '../../domain/page.js';
import {
  IN_PROGRESS,
  type Replication,
  type ReplicationCounts,
  type ReplicationItem,
} from '../../domain/replication.js';
import { StoreError } from '../../domain/store-error.js';
import type { UserError } from '../../domain/user-error.js';
import type {
  ClaimedReplication,
  ItemPage,
  ItemQuery,
  ReplicationQuery,
  ReplicationStore,
} from '../../storage/replication-store.js';
import type { IdempotencyService, SaveCheckpoint } from '../idempotency/idempotency.js';
import type { LiveHub } from '../live/hub.js';
import type { Update } from '../live/poll-target.js';
import { ReplicationJob } from './jobs/job.js';
import { itemsOf, type JobContext } from './jobs/job-context.js';
import { replicationTarget, type Snapshot, type Throughput, throughputOf } from './jobs/progress.js';
import type { JobRetryPolicy } from './jobs/retry.js';
import { Runner } from './jobs/runner.js';
import { type PreparedJob, prepare } from './planning/prepare-job.js';
import {
  BEING_UNDONE,
  checkRequest,
  MAX_UNFINISHED,
  NO_SUCH_JOB,
  notNow,
  OTHER_SANDBOX,
  type ReplicationCaller,
  type ReplicationRequest,
  resumeRefusal,
  TOO_MANY,
} from './request.js';
import { type Started, startOnce } from './start-once.js';
import { Undo, type Undone } from './undo.js';

export interface ReplicationResult {
  readonly replication: Replication | null;
  readonly userErrors: readonly UserError[];
}

export interface UndoResult extends ReplicationResult, Undone {}

/** Longest wait for a dry run, and for a cancelled job to stop, in milliseconds. */
const LONGEST_PLANNING_MS = 120_000;
const LONGEST_STOPPING_MS = 10_000;
const BUSY =
  'This replication, or another one with the same prompts, is in progress. Cancel it first, or wait until it has ended.';

export interface ReplicationServiceOptions {
  readonly store: ReplicationStore;
  readonly once: IdempotencyService<Started>;
  /** Time for which a replica is searched for after a lost response, in milliseconds. */
  readonly lostResponseTimeoutMs: number;
  readonly retry?: JobRetryPolicy | undefined;
  /** Name of this process if its upstreams are its sandbox; null for real upstreams. */
  readonly sandbox: string | null;
  readonly live: LiveHub;
  readonly log: Log;
}

/** Starts, controls and reports replications. A caller sees only its own. */
export class ReplicationService {
  readonly #options: ReplicationServiceOptions;
  readonly #store: ReplicationStore;
  readonly #runner: Runner;

  constructor(options: ReplicationServiceOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#runner = new Runner(options);
  }

  /** Number of jobs that this process runs. */
  get running(): number {
    return this.#runner.size;
  }

  /** Starts a job. @throws UpstreamError if the library cannot be read. @throws StoreError if the job cannot be recorded. */
  async start(request: ReplicationRequest, caller: ReplicationCaller): Promise<ReplicationResult> {
    const errors = checkRequest(request);
    if (errors.length > 0) return { replication: null, userErrors: errors };
    const { id, userErrors } = await startOnce(this.#options.once, request, caller, {
      begin: (saveCheckpoint) => this.#begin(request, caller, saveCheckpoint),
      isRecorded: async (job) => (await this.get(job, caller.principal)) !== null,
    });
    if (id === null) return { replication: null, userErrors };
    const patience = request.dryRun ? LONGEST_PLANNING_MS : request.awaitSeconds * 1000;
    await this.#runner.awaitEnd(id, patience, caller.signal);
    return { replication: await this.get(id, caller.principal), userErrors: [] };
  }

  async #begin(
    request: ReplicationRequest,
    caller: ReplicationCaller,
    saveCheckpoint: SaveCheckpoint,
  ): Promise<Started> {
    const { sandbox } = this.#options;
    const isFull = () => this.#isFull(caller);
    const prepared = await prepare(request, caller, { sandbox, isFull, now: this.#store.now });
    if (!prepared.job) return { id: null, userErrors: prepared.userErrors };
    const { replication, items } = prepared.job;
    await saveCheckpoint(replication.id);
    const claimed = await this.#store.create(replication, items);
    void this.#run(prepared.job, claimed, caller);
    return { id: replication.id, userErrors: [] };
  }

  /** Returns a job; null if there is none or it belongs to another principal. */
  async get(id: string, principal: string): Promise<Replication | null> {
    const replication = await this.#store.get(id);
    return replication?.principal === principal ? this.#current(replication) : null;
  }

  async list(principal: string, query: ReplicationQuery): Promise<Page<Replication>> {
    const page = await this.#store.list(principal, query);
    return { ...page, items: await Promise.all(page.items.map((job) => this.#current(job))) };
  }

  items(id: string, query: ItemQuery): Promise<ItemPage> {
    return this.#store.items(id, query);
  }

  counts(id: string): Promise<ReplicationCounts> {
    return this.#store.counts(id);
  }

  throughput(replication: Replication): Promise<Throughput> {
    return throughputOf(this.#store, replication);
  }

  /** Yields a job immediately and on each change, at most four times a second. Ends with its last state. */
  watch(id: string, principal: string): AsyncGenerator<Update<Snapshot>, void, void> {
    const get = (job: string) => this.get(job, principal);
    return this.#options.live.watch(replicationTarget(principal, id, { get, store: this.#store }));
  }

  /** Cancels a job, and waits briefly until it has stopped. */
  async cancel(id: string, { principal, signal }: ReplicationCaller): Promise<ReplicationResult> {
    const replication = await this.get(id, principal);
    if (!replication) return { replication, userErrors: [NO_SUCH_JOB] };
    const { status } = replication;
    if (status === 'UNDOING') return { replication, userErrors: [notNow(BEING_UNDONE)] };
    if (await this.#store.isClaimed(id)) {
      await this.#store.requestCancel(id);
      this.#runner.cancel(id);
      await this.#runner.awaitEnd(id, LONGEST_STOPPING_MS, signal);
    } else if (status === 'INTERRUPTED') {
      const claimed = await this.#store.claim(id, {});
      await claimed?.release({ status: 'CANCELLED', finishedAt: timestamp() });
    } else if (status !== 'CANCELLED') {
      return { replication, userErrors: [notNow('This replication has already ended.')] };
    }
    return { replication: await this.get(id, principal), userErrors: [] };
  }

  /** Resumes a job and retries its failed items. Does nothing for a job that is in progress or complete. */
  async resume(id: string, caller: ReplicationCaller): Promise<ReplicationResult> {
    const replication = await this.get(id, caller.principal);
    if (!replication) return { replication, userErrors: [NO_SUCH_JOB] };
    const { status } = replication;
    const refusal = resumeRefusal(replication) ?? (await this.#isElsewhere(replication));
    if (refusal) return { replication, userErrors: [refusal] };
    const { failed, pending } = await this.counts(id);
    if (status === 'COMPLETED' && failed + pending === 0) return { replication, userErrors: [] };
    if (await this.#isFull(caller)) return { replication, userErrors: [TOO_MANY] };
    await this.#resumeJob(replication, caller);
    return { replication: await this.get(id, caller.principal), userErrors: [] };
  }

  /** Deletes the replicas that a job created. Continues if the client disconnects. */
  async undo(id: string, caller: ReplicationCaller): Promise<UndoResult> {
    const nothing = { deleted: [], kept: [] };
    const replication = await this.get(id, caller.principal);
    if (!replication) return { replication, ...nothing, userErrors: [NO_SUCH_JOB] };
    const refuse = (error: UserError) => ({ replication, ...nothing, userErrors: [error] });
    if (replication.dryRun) return refuse(notNow('This replication is a dry run, so it created nothing.'));
    if (replication.sandbox !== this.#options.sandbox) return refuse(notNow(OTHER_SANDBOX));
    const undone = await this.#undo(replication, caller);
    if (!undone) return refuse(notNow(BUSY, 'CONFLICT'));
    return { replication: await this.get(id, caller.principal), ...undone, userErrors: [] };
  }

  /** Resumes the interrupted jobs of the caller's key. Used with the gateway's own key when it starts. */
  async recover(caller: ReplicationCaller): Promise<void> {
    try {
      for (const replication of await this.#store.abandoned(caller.credential)) {
        if (await this.#isElsewhere(replication)) continue;
        this.#options.log.info({ replication: replication.id }, 'Resuming an interrupted replication.');
        if (replication.status !== 'UNDOING') await this.#resumeJob(replication, caller);
        else if (replication.sandbox === this.#options.sandbox)
          void this.#undo(replication, caller).catch(() => {});
      }
    } catch (error) {
      // The gateway can serve everything that needs no store, and the jobs can be resumed later.
      if (!(error instanceof StoreError)) throw error;
      this.#options.log.error({ reason: error.message }, 'Interrupted replications cannot be resumed.');
    }
  }

  /** Stops all running jobs, and waits until they have stopped. */
  close(): Promise<void> {
    return this.#runner.close();
  }

  /** Returns a job's current state, even if the process that ran it has died since this one started. */
  async #current(replication: Replication): Promise<Replication> {
    const { id, status } = replication;
    if (IN_PROGRESS.has(status) && !(await this.#store.isClaimed(id))) {
      // It may have ended in the meantime.
      const now = (await this.#store.get(id)) ?? replication;
      return IN_PROGRESS.has(now.status) ? { ...now, status: 'INTERRUPTED', waitsFor: null } : now;
    }
    return this.#runner.current(replication);
  }

  async #isFull({ principal }: ReplicationCaller): Promise<boolean> {
    return (await this.#store.countClaimed(principal)) >= MAX_UNFINISHED;
  }

  /** Returns the reason why a job cannot be resumed here, or null. A job of an ended sandbox starts over in this one. */
  async #isElsewhere({ sandbox }: Replication): Promise<UserError | null> {
    const own = this.#options.sandbox;
    if (sandbox === own || (own && sandbox && !(await this.#store.isAlive(sandbox)))) return null;
    return notNow(OTHER_SANDBOX);
  }

  /** Continues a job unless a process is working on it. */
  async #resumeJob(replication: Replication, caller: ReplicationCaller): Promise<void> {
    const { id } = replication;
    const { sandbox } = this.#options;
    await this.#runner.settle(id);
    const changes = { status: 'PLANNING', error: null, finishedAt: null, sandbox } as const;
    const claimed = await this.#store.claim(id, changes);
    if (!claimed) return;
    if (replication.sandbox !== sandbox) await claimed.reset();
    const items: ReplicationItem[] = [];
    for await (const item of itemsOf(this.#store, id, ['PENDING', 'RUNNING', 'FAILED'])) items.push(item);
    const job = { replication: { ...replication, ...changes }, items, library: null };
    void this.#run(job, claimed, caller);
  }

  #run(job: PreparedJob, claimed: ClaimedReplication, caller: ReplicationCaller): Promise<void> {
    const { replication, items, library } = job;
    const work = (context: JobContext) => new ReplicationJob(context, library).run(items);
    return this.#runner.start(replication, claimed, caller, work);
  }

  /** Returns null if a process works on the job or on the same replicas. @throws UpstreamError if nothing was deleted. */
  async #undo(replication: Replication, caller: ReplicationCaller): Promise<Undone | null> {
    const { id, status, error, finishedAt } = replication;
    await this.#runner.settle(id);
    const claimed = await this.#store.claim(id, { status: 'UNDOING', error: null, finishedAt: null });
    if (!claimed) return null;
    const { blockedBy } = await claimed.findConflicts(this.#store.now());
    if (blockedBy) {
      await claimed.release({ status, error, finishedAt });
      return null;
    }
    let undone: Undone = { deleted: [], kept: [] };
    let failure: Error | null = null;
    await this.#runner.start(replication, claimed, caller, async (context) => {
      const undo = new Undo(context);
      const changes = await undo.run();
      undone = undo.result;
      if (context.token.reason instanceof Error) failure = context.token.reason;
      return changes;
    });
    if (failure && undone.deleted.length === 0) throw failure;
    return undone;
  }
}
