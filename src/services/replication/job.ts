import type { ReplicationStore } from '../../backplane/replication-store.js';
import { timestamp } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type {
  Replication,
  ReplicationError,
  ReplicationItem,
  WrittenVersion,
} from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { Copier, type CopyResult } from './copier.js';
import { endOf } from './ending.js';
import { mayBeSent, unknownOutcome } from './maybe-sent.js';
import { persist } from './persist.js';
import { Planner } from './planner.js';
import { pauseFor, type RateGate } from './rate-gate.js';
import { type Library, readLibrary } from './selection.js';
import type { Stop } from './stop.js';
import { Workforce } from './workforce.js';

export interface JobContext {
  readonly replication: Replication;
  /** What is still to be done, in the order of positions. */
  readonly items: readonly ReplicationItem[];
  /** The library that the items were selected from; null when it is to be read. */
  readonly library: Library | null;
  /** Portkey by direct calls: repeats are decided on here. */
  readonly portkey: PortkeyApi;
  readonly store: ReplicationStore;
  readonly gate: RateGate;
  readonly stop: Stop;
  readonly settleMs: number;
  readonly log: Log;
}

/** How often a job that waits for another one looks whether that has ended. */
const WAITING_MS = 200;

/**
 * One replication from its plan to its end: every source is read and decided on, then the replicas are made. Writes
 * everything it does to the store, before it does it and after; what it finds done by an earlier run of its own it takes
 * over.
 */
export class ReplicationJob {
  readonly #context: JobContext;
  readonly #workforce: Workforce;
  readonly #copier: Copier;
  #isDone = false;
  #lastSave: Promise<void> = Promise.resolve();

  constructor(context: JobContext) {
    this.#context = context;
    this.#workforce = new Workforce(context.replication.options.concurrency, context.stop);
    this.#copier = new Copier(context);
  }

  /** @returns What becomes of the job; to be recorded by the caller. */
  async run(): Promise<Partial<Replication>> {
    await this.#workforce.attempt(() => this.#work());
    return endOf(this.#context.replication, this.#isDone ? null : this.#context.stop.reason);
  }

  async #work(): Promise<void> {
    const { replication, items, stop } = this.#context;
    const library = await this.#awaitTurn();
    const planner = new Planner({ ...this.#context, library, workforce: this.#workforce });
    const open = await planner.plan(items);
    if (replication.dryRun || stop.reason) {
      this.#isDone = !stop.reason;
      return;
    }
    const startedAt = replication.startedAt ?? timestamp();
    await this.#update({ status: 'RUNNING', startedAt });
    const copied = await this.#workforce.each(open, (item) => this.#copy(item, planner));
    await this.#lastSave;
    const { reason } = this.#context.stop;
    this.#isDone = copied.length === open.length && !(reason instanceof Error);
    const repeated = copied.filter((item) => item != null);
    await this.#workforce.each(repeated, (item) => this.#reportDouble(item));
  }

  /** Waits for jobs that make some of the same replicas. @returns The library as it is from then on. */
  async #awaitTurn(): Promise<Library> {
    const { replication, library, stop, log } = this.#context;
    if (replication.dryRun && library) return library;
    let waitsFor: string | null = null;
    for (;;) {
      const rivals = await this.#rivals();
      if (!rivals.id) {
        if (waitsFor) await this.#update({ status: 'PLANNING', waitsFor: null });
        return library && !waitsFor && !rivals.haveEnded ? library : this.#readLibrary();
      }
      if (waitsFor !== rivals.id) {
        log.info({ replication: replication.id, waitsFor: rivals.id }, 'replication waits for another one');
        await this.#update({ status: 'WAITING', waitsFor: rivals.id });
        waitsFor = rivals.id;
      }
      await pauseFor(WAITING_MS, stop);
    }
  }

  /** A job to wait for: one ahead; or one that was cut off, until what it has sent has had time to be carried out. */
  async #rivals(): Promise<{ id: string | null; haveEnded: boolean }> {
    const { replication, library, store, settleMs } = this.#context;
    const now = store.now();
    const settled = now - settleMs;
    // Without a library it is read in any case.
    const readAt = library?.readAt ?? Number.POSITIVE_INFINITY;
    const { ahead, open, lastEnd } = await store.rivals(replication.id, Math.min(readAt, settled));
    // A later time is of the machine's last start, when its clock was ahead.
    const cutOff = open && open.since > settled && open.since <= now ? open.id : null;
    return { id: ahead ?? cutOff, haveEnded: lastEnd !== null && lastEnd >= readAt };
  }

  async #readLibrary(): Promise<Library> {
    const { portkey, replication, gate, stop, store } = this.#context;
    const source = new PortkeyPromptSource(portkey);
    const read = await persist(gate, stop, () => readLibrary(source, replication.selection, store.now));
    if ('error' in read) throw read.error;
    return read.value;
  }

  /** Makes one replica. @returns The item if it had to be sent again; undefined if it is still to be done, as the job stops. */
  async #copy(item: ReplicationItem, planner: Planner): Promise<ReplicationItem | null | undefined> {
    const { stop } = this.#context;
    const source = await planner.source(item.source.id);
    if ('fault' in source) {
      const error = mayBeSent(item) ? unknownOutcome(source.fault) : source.fault;
      await this.#save({ ...item, status: 'FAILED', error });
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
        await this.#save(sent);
      },
      onSent: async (written: WrittenVersion) => {
        sent = { ...sent, replica: sent.replica && { ...sent.replica, written } };
        await this.#save(sent);
      },
    };
    const result =
      item.action === 'UPDATE' && item.replica
        ? await this.#copier.update(order, item.replica)
        : await this.#copier.create(order);
    const done = { ...sent, ...outcomeOf({ ...item, replica: sent.replica }, result) };
    // Not waited for here: so it is written together with what is begun next.
    this.#lastSave = this.#save(done).catch((error: Error) => stop.request(error));
    if (result.type === 'STOPPED') return undefined;
    return result.type === 'DONE' && result.repeated ? done : null;
  }

  /** What was sent again, after all the time that it had to land, may have landed later still: then the record says so. */
  async #reportDouble(item: ReplicationItem): Promise<void> {
    const found = await this.#copier.find(item.replicaName, item.source.id).catch((error: unknown) => {
      if (error instanceof UpstreamError) return [];
      throw error;
    });
    const others = found.filter(({ prompt }) => prompt.id !== item.replica?.id);
    if (others.length === 0) return;
    const ids = others.map(({ prompt }) => prompt.id).join(', ');
    const message = `an earlier attempt was carried out after all: delete the double ${ids}`;
    await this.#save({ ...item, error: { code: 'CONFLICT', message } });
  }

  #save(item: ReplicationItem): Promise<void> {
    return this.#context.store.saveItem(this.#context.replication.id, item);
  }

  #update(changes: Partial<Replication>): Promise<void> {
    return this.#context.store.update(this.#context.replication.id, changes);
  }
}

/** What the result of a copy makes of its item. */
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
