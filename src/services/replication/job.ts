import pLimit from 'p-limit';
import type { ReplicationStore } from '../../backplane/replication-store.js';
import type { Log } from '../../domain/log.js';
import type { PortkeyPrompt } from '../../domain/portkey-prompt.js';
import type { Replication, ReplicationError, ReplicationItem } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { Copier, type CopyResult, itemError } from './copier.js';
import { KnownReplicas } from './known-replicas.js';
import { persist, REFUSALS } from './persist.js';
import { decide } from './plan.js';
import { RateGate } from './rate-gate.js';
import { recorded } from './recorded.js';
import { type Library, readLibrary } from './selection.js';
import { unreadable } from './unreadable.js';

export interface JobContext {
  readonly replication: Replication;
  readonly items: readonly ReplicationItem[];
  /** What was there when the items were selected. */
  readonly library: Library;
  /** What has to end before this may plan, as it changes what is there; null when there is nothing. */
  readonly predecessor: Promise<void> | null;
  /** Portkey by direct calls: repeats are decided on here. */
  readonly portkey: PortkeyApi;
  readonly store: ReplicationStore;
  readonly signal: AbortSignal;
  readonly settleMs: number;
  readonly log: Log;
}

/** Sources that were read for the plan and are kept for the run; those beyond it are read again. */
const KEPT_SOURCES = 1000;
/** A prompt in a shape that is not understood will be in the same one the next time. */
const UNREADABLE = new Set([...REFUSALS, 'BAD_RESPONSE' as const]);
const GONE: ReplicationError = { code: 'NOT_FOUND', message: 'the source was deleted in the meantime' };

/**
 * One replication from its plan to its end: every source is read and decided on, then the replicas are made. Writes
 * everything it does to the store; never throws.
 */
export class ReplicationJob {
  readonly #context: JobContext;
  readonly #gate = new RateGate();
  readonly #copier: Copier;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #kept = new Map<string, PortkeyPrompt>();
  readonly #replicas: KnownReplicas;
  #library: Library;
  #idsByName = new Map<string, string[]>();
  #libraryIds = new Set<string>();
  #stopped: UpstreamError | null = null;

  constructor(context: JobContext) {
    const { replication, library } = context;
    this.#context = context;
    this.#copier = new Copier({ ...context, gate: this.#gate });
    this.#limit = pLimit(replication.options.concurrency);
    this.#replicas = new KnownReplicas(replication.targetModel);
    this.#library = library;
  }

  async run(): Promise<void> {
    const { replication, store, signal, log } = this.#context;
    try {
      await this.#stopOnFatal(() => this.#work());
      if (signal.aborted) return;
      if (this.#stopped) await this.#end('FAILED', itemError(this.#stopped));
      else await this.#end(replication.dryRun ? 'PLANNED' : 'COMPLETED', null);
      log.info(
        { replication: replication.id, counts: await store.counts(replication.id) },
        'replication ended',
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      log.error({ replication: replication.id, reason }, 'replication broke');
      const message = 'the replication could not go on because of a fault of the gateway; run it again';
      await this.#end('FAILED', { code: 'INTERNAL_SERVER_ERROR', message }).catch(() => {});
    }
  }

  async #work(): Promise<void> {
    await this.#awaitPredecessor();
    this.#indexLibrary();
    const planned = await this.#planAll(this.#context.items);
    if (this.#context.replication.dryRun || this.#stopped || this.#context.signal.aborted) return;
    await this.#update({ status: 'RUNNING', startedAt: new Date().toISOString() });
    const open = planned.filter((item) => item?.status === 'PENDING');
    const repeated = (await this.#each(open, (item) => this.#copy(item))).filter((item) => item !== null);
    await this.#each(repeated, (item) => this.#reportDouble(item));
  }

  /** What the job before this one has made was not there when the library was read. */
  async #awaitPredecessor(): Promise<void> {
    const { predecessor, portkey, replication, signal } = this.#context;
    if (!predecessor) return;
    await predecessor;
    const source = new PortkeyPromptSource(portkey);
    const read = await persist(this.#gate, signal, () => readLibrary(source, replication.selection));
    if ('error' in read) this.#stopped = read.error;
    else this.#library = read.value;
  }

  #indexLibrary(): void {
    this.#libraryIds = new Set(this.#library.prompts.map(({ id }) => id));
    for (const { id, name } of this.#library.neighbours) {
      if (typeof name === 'string') this.#idsByName.set(name, [...(this.#idsByName.get(name) ?? []), id]);
    }
  }

  /** Does something for every item with bounded concurrency, until the job is stopped. */
  async #each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results = await Promise.all(
      items.map((item) =>
        this.#limit(async (): Promise<R[]> => {
          if (this.#stopped || this.#context.signal.aborted) return [];
          const result = await this.#stopOnFatal(() => work(item));
          return result === undefined ? [] : [result];
        }),
      ),
    );
    return results.flat();
  }

  /** A failure that persist does not deal with ends the whole job; so does the closing of the gateway. */
  async #stopOnFatal<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#context.signal.aborted) return undefined;
      if (!(error instanceof UpstreamError)) throw error;
      this.#stopped ??= error;
      return undefined;
    }
  }

  /**
   * Decides on all items. What has no replica of the planned name may have one of another name, made with another
   * template: only then the prompts that run on the target model are read, and these items are decided on again.
   */
  async #planAll(items: readonly ReplicationItem[]): Promise<(ReplicationItem | null)[]> {
    const planned = await this.#each(items, (item) => this.#plan(item));
    const isUnmatched = (item: ReplicationItem | null) =>
      item?.action === 'CREATE' || item?.action === 'CONFLICT';
    if (!planned.some(isUnmatched)) return planned;
    await this.#each(this.#replicas.unread(this.#library.prompts), ({ id }) =>
      this.#read(async (get) => void (await get(id))),
    );
    return this.#each(planned, async (item) => {
      if (!item || !isUnmatched(item) || !this.#replicas.idFor(item.source.id)) return item;
      return this.#plan(item);
    });
  }

  /** Decides on one item; null when it turns out to be no source. */
  async #plan(item: ReplicationItem): Promise<ReplicationItem | null> {
    const { replication, store } = this.#context;
    const known = this.#replicas.idFor(item.source.id);
    const ids = new Set([...(this.#idsByName.get(item.replicaName) ?? []), ...(known ? [known] : [])]);
    const source = await this.#source(item.source.id);
    if ('fault' in source) return this.#fail(item, source.fault);
    const namesakes = await this.#read((get) => Promise.all([...ids].map(get)));
    if ('error' in namesakes) return this.#fail(item, itemError(namesakes.error));
    const { action, replica, error } = decide({
      source,
      replicaName: item.replicaName,
      targetModel: replication.targetModel,
      options: replication.options,
      namesakes: namesakes.filter((namesake) => namesake !== null),
      sourceExists: (id) => this.#libraryIds.has(id),
    });
    if (action === 'NONE') {
      await store.removeItem(replication.id, item.position);
      return null;
    }
    const isOpen = action === 'CREATE' || action === 'UPDATE';
    if (isOpen && this.#kept.size < KEPT_SOURCES) this.#kept.set(source.id, source);
    const decided = { ...item, action, error, replica: replica && recorded(replica) };
    return this.#save({ ...decided, status: error ? 'FAILED' : isOpen ? 'PENDING' : 'SKIPPED' });
  }

  /** Makes one replica. @returns The item if it had to be sent again, null otherwise. */
  async #copy(item: ReplicationItem | null): Promise<ReplicationItem | null> {
    if (!item) return null;
    await this.#save({ ...item, status: 'RUNNING' });
    try {
      const source = this.#kept.get(item.source.id) ?? (await this.#source(item.source.id));
      this.#kept.delete(item.source.id);
      if ('fault' in source) {
        await this.#fail(item, source.fault);
        return null;
      }
      const result =
        item.action === 'UPDATE' && item.replica
          ? await this.#copier.update(source, item.replica, item.replicaName)
          : await this.#copier.create(source, item.replicaName);
      const done = await this.#save({ ...item, ...outcome(item, result) });
      return 'repeated' in result && result.repeated ? done : null;
    } catch (error) {
      // The job stops; what became of this one is not known, so it is still to be done.
      await this.#save(item);
      throw error;
    }
  }

  /** What was sent again, after all the time that it had to land, may have landed later still: then the record says so. */
  async #reportDouble(item: ReplicationItem): Promise<void> {
    const found = await persist(this.#gate, this.#context.signal, () =>
      this.#copier.find(item.replicaName, item.source.id),
    );
    const others = 'value' in found ? found.value.filter(({ id }) => id !== item.replica?.id) : [];
    if (others.length === 0) return;
    const ids = others.map(({ id }) => id).join(', ');
    const message = `an earlier attempt was carried out after all: delete the double ${ids}`;
    await this.#save({ ...item, error: { code: 'CONFLICT', message } });
  }

  /** A source, or why it cannot be one. */
  async #source(id: string): Promise<PortkeyPrompt | { fault: ReplicationError }> {
    const read = await this.#read((get) => get(id));
    if (read === null) return { fault: GONE };
    if ('error' in read) return { fault: itemError(read.error) };
    const error = unreadable(read);
    return error ? { fault: itemError(error) } : read;
  }

  /** Reads prompts as persistently as they are copied. */
  async #read<T>(
    work: (get: (id: string) => Promise<PortkeyPrompt | null>) => Promise<T>,
  ): Promise<T | { error: UpstreamError }> {
    const { portkey, signal } = this.#context;
    const get = async (id: string) => {
      const prompt = await portkey.getPrompt(id);
      if (prompt) this.#replicas.note(prompt);
      return prompt;
    };
    const result = await persist(this.#gate, signal, () => work(get), UNREADABLE);
    return 'error' in result ? { error: result.error } : result.value;
  }

  #fail(item: ReplicationItem, error: ReplicationError): Promise<ReplicationItem> {
    return this.#save({ ...item, status: 'FAILED', error });
  }

  async #save(item: ReplicationItem): Promise<ReplicationItem> {
    await this.#context.store.saveItem(this.#context.replication.id, item);
    return item;
  }

  #update(changes: Partial<Replication>): Promise<void> {
    return this.#context.store.update(this.#context.replication.id, changes);
  }

  #end(status: Replication['status'], error: Replication['error']): Promise<void> {
    return this.#update({ status, error, finishedAt: new Date().toISOString() });
  }
}

function outcome(item: ReplicationItem, result: CopyResult): Partial<ReplicationItem> {
  if ('error' in result) return { status: 'FAILED', error: result.error, attempts: result.attempts };
  const { existed, attempts } = result;
  const replica = recorded(result.replica);
  if (existed) return { action: 'SKIP', status: 'SKIPPED', replica, attempts };
  return { status: item.action === 'UPDATE' ? 'UPDATED' : 'CREATED', replica, attempts };
}
