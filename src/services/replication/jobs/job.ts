import { timestamp } from '../../../domain/clock.js';
import type {
  Replication,
  ReplicationError,
  ReplicationItem,
  WrittenVersion,
} from '../../../domain/replication.js';
import { UpstreamError } from '../../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../../sources/portkey-prompts.js';
import { Copier, type CopyResult } from '../copying/copier.js';
import { Planner } from '../planning/planner.js';
import { type Library, readLibrary } from '../planning/selection.js';
import { type JobContext, mapItems } from './job-context.js';
import { endOf, mayBeSent, unknownOutcome } from './job-errors.js';

/** Interval at which a job checks whether the job that blocks it has ended, in milliseconds. */
const WAITING_MS = 200;

/**
 * Runs one replication: plans an action for every source, then creates and updates the replicas. It records every step
 * before and after it, and accepts replicas that an earlier run of the same job made.
 */
export class ReplicationJob {
  readonly #context: JobContext;
  /** Library that the items were selected from; null to read it. */
  readonly #library: Library | null;
  readonly #copier: Copier;
  #isDone = false;
  #lastSave: Promise<void> = Promise.resolve();

  constructor(context: JobContext, library: Library | null) {
    this.#context = context;
    this.#library = library;
    this.#copier = new Copier(context);
  }

  /**
   * Runs the job.
   * @param items Items to process, in the order of their positions.
   * @returns The final changes of the job.
   */
  async run(items: readonly ReplicationItem[]): Promise<Partial<Replication>> {
    await this.#context.token.run(() => this.#work(items));
    return endOf(this.#context.replication, this.#isDone ? null : this.#context.token.reason);
  }

  async #work(items: readonly ReplicationItem[]): Promise<void> {
    const { replication, claimed, token } = this.#context;
    const library = await this.#awaitTurn();
    const planner = new Planner(this.#context, library);
    const open = await planner.plan(items);
    if (replication.dryRun || token.reason) {
      this.#isDone = !token.reason;
      return;
    }
    const startedAt = replication.startedAt ?? timestamp();
    await claimed.update({ status: 'RUNNING', startedAt });
    const copied = await mapItems(this.#context, open, (item) => this.#copy(item, planner));
    await this.#lastSave;
    const { reason } = this.#context.token;
    this.#isDone = copied.length === open.length && !(reason instanceof Error);
    const repeated = copied.filter((item) => item != null);
    await mapItems(this.#context, repeated, (item) => this.#reportDouble(item));
  }

  /** Waits for jobs that make some of the same replicas. @returns The library after the wait. */
  async #awaitTurn(): Promise<Library> {
    const { replication, claimed, client, store, token, log } = this.#context;
    const library = this.#library;
    if (replication.dryRun && library) return library;
    let waitsFor: string | null = null;
    for (;;) {
      const { blockedBy, haveEnded } = await this.#findConflicts();
      if (!blockedBy) {
        if (waitsFor) await claimed.update({ status: 'PLANNING', waitsFor: null });
        if (library && !waitsFor && !haveEnded) return library;
        return readLibrary(new PortkeyPromptSource(client), replication.selection, store.now);
      }
      if (waitsFor !== blockedBy) {
        const fields = { replication: replication.id, waitsFor: blockedBy };
        log.info(fields, 'Replication is waiting for another one.');
        await claimed.update({ status: 'WAITING', waitsFor: blockedBy });
        waitsFor = blockedBy;
      }
      await token.pause(WAITING_MS);
    }
  }

  /** Finds a job to wait for: one that was claimed earlier, or an interrupted one whose requests may still take effect. */
  async #findConflicts(): Promise<{ blockedBy: string | null; haveEnded: boolean }> {
    const { claimed, store, lostResponseTimeoutMs } = this.#context;
    const now = store.now();
    const settled = now - lostResponseTimeoutMs;
    // A library that is still to be read is newer than the end of any job.
    const readAt = this.#library?.readAt ?? Number.POSITIVE_INFINITY;
    const { blockedBy, open, lastEnd } = await claimed.findConflicts(Math.min(readAt, settled));
    // A time in the future was recorded before a restart, when the machine's clock was ahead.
    const interrupted = open && open.since > settled && open.since <= now ? open.id : null;
    return { blockedBy: blockedBy ?? interrupted, haveEnded: lastEnd !== null && lastEnd >= readAt };
  }

  /**
   * Makes one replica.
   * @returns The item if it had to be sent again, null if not. Undefined if it stays open because the job stops.
   */
  async #copy(item: ReplicationItem, planner: Planner): Promise<ReplicationItem | null | undefined> {
    const { claimed, token } = this.#context;
    const source = await planner.source(item.source.id);
    if ('failure' in source) {
      const error = mayBeSent(item) ? unknownOutcome(source.failure) : source.failure;
      await claimed.saveItem({ ...item, status: 'FAILED', error });
      return null;
    }
    let sent = item;
    const order = {
      source,
      name: item.replicaName,
      maybeSent: item.status === 'RUNNING',
      recent: planner.recentVersion(item),
      unpublished: planner.unpublishedVersions(item),
      onSend: async (attempt: number) => {
        sent = { ...item, status: 'RUNNING', attempts: item.attempts + attempt };
        await claimed.saveItem(sent);
      },
      onSent: async (written: WrittenVersion) => {
        sent = { ...sent, replica: sent.replica && { ...sent.replica, written } };
        await claimed.saveItem(sent);
      },
    };
    const result =
      item.action === 'UPDATE' && item.replica
        ? await this.#copier.update(order, item.replica)
        : await this.#copier.create(order);
    const done = { ...sent, ...outcomeOf({ ...item, replica: sent.replica }, result) };
    // Not awaited, so that it is written together with the start of the next item.
    this.#lastSave = claimed.saveItem(done).catch((error: Error) => token.stop(error));
    if (result.type === 'STOPPED') return undefined;
    return result.type === 'DONE' && result.repeated ? done : null;
  }

  /** Reports duplicates: an earlier request may have been carried out after the item was sent again. */
  async #reportDouble(item: ReplicationItem): Promise<void> {
    const found = await this.#copier.find(item.replicaName, item.source.id).catch((error: unknown) => {
      if (error instanceof UpstreamError) return [];
      throw error;
    });
    const others = found.filter(({ prompt }) => prompt.id !== item.replica?.id);
    if (others.length === 0) return;
    const ids = others.map(({ prompt }) => prompt.id).join(', ');
    const message = `An earlier attempt also created a replica. Delete the duplicate ${ids}.`;
    await this.#context.claimed.saveItem({ ...item, error: { code: 'CONFLICT', message } });
  }
}

/** Returns the changes of an item after its copy. */
function outcomeOf(item: ReplicationItem, result: CopyResult): Partial<ReplicationItem> {
  if (result.type === 'STOPPED') return { status: result.maybeSent ? 'RUNNING' : 'PENDING' };
  const attempts = item.attempts + result.attempts;
  const { replica } = result;
  if (result.type === 'FAILED') {
    return { status: 'FAILED', replica: replica ?? item.replica, error: result.error, attempts };
  }
  const error: ReplicationError | null = null;
  if (result.existed) return { action: 'SKIP', status: 'SKIPPED', replica, error, attempts };
  return { status: item.action === 'UPDATE' ? 'UPDATED' : 'CREATED', replica, error, attempts };
}
