import pLimit from 'p-limit';
import type { ReplicationStore } from '../../backplane/replication-store.js';
import type { Log } from '../../domain/log.js';
import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { Replication, ReplicationItem } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { Copier, itemError } from './copier.js';
import { KnownReplicas } from './known-replicas.js';
import { isFatal, persist, REFUSALS } from './persist.js';
import { decide } from './plan.js';
import { RateGate } from './rate-gate.js';

export interface JobContext {
  readonly replication: Replication;
  readonly items: readonly ReplicationItem[];
  /** Every prompt that the key can see. */
  readonly library: readonly PortkeyPromptSummary[];
  /** Those whose names are taken: of the workspace, where one was selected. */
  readonly neighbours: readonly PortkeyPromptSummary[];
  readonly portkey: PortkeyApi;
  readonly store: ReplicationStore;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A prompt in a shape that is not understood will be in the same one the next time. */
const UNREADABLE = new Set([...REFUSALS, 'BAD_RESPONSE' as const]);
/** Sources that were read for the plan and are kept for the run; those beyond it are read again. */
const KEPT_SOURCES = 1000;

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
  readonly #idsByName = new Map<string, string[]>();
  readonly #libraryIds: Set<string>;
  readonly #replicas: KnownReplicas;
  #stopped: UpstreamError | null = null;

  constructor(context: JobContext) {
    const { replication, library, neighbours, portkey, signal } = context;
    this.#context = context;
    this.#copier = new Copier(portkey, this.#gate, replication, signal);
    this.#limit = pLimit(replication.options.concurrency);
    this.#libraryIds = new Set(library.map(({ id }) => id));
    this.#replicas = new KnownReplicas(replication.targetModel);
    for (const { id, name } of neighbours) {
      if (name !== null) this.#idsByName.set(name, [...(this.#idsByName.get(name) ?? []), id]);
    }
  }

  async run(): Promise<void> {
    const { replication, items, store, log } = this.#context;
    try {
      const planned = await this.#planAll(items);
      if (this.#context.signal.aborted) return;
      const open = planned.filter((item) => item?.status === 'PENDING');
      if (!replication.dryRun && !this.#stopped) {
        await this.#update({ status: 'RUNNING', startedAt: new Date().toISOString() });
        await this.#each(open, (item) => this.#copy(item));
      }
      if (this.#context.signal.aborted) return;
      if (this.#stopped) await this.#end('FAILED', itemError(this.#stopped));
      else await this.#end(replication.dryRun ? 'PLANNED' : 'COMPLETED', null);
      log.info(
        { replication: replication.id, counts: await store.counts(replication.id) },
        'replication ended',
      );
    } catch (error) {
      log.error(
        { replication: replication.id, reason: error instanceof Error ? error.message : 'unknown' },
        'replication broke',
      );
      const message = 'the replication could not go on because of a fault of the gateway; run it again';
      await this.#end('FAILED', { code: 'INTERNAL_SERVER_ERROR', message }).catch(() => {});
    }
  }

  /** Does something for every item with bounded concurrency, until the job is stopped. */
  async #each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results = await Promise.all(
      items.map((item) =>
        this.#limit(async () => {
          if (this.#stopped || this.#context.signal.aborted) return [];
          try {
            return [await work(item)];
          } catch (error) {
            if (this.#context.signal.aborted) return [];
            if (!(error instanceof UpstreamError && isFatal(error))) throw error;
            this.#stopped ??= error;
            return [];
          }
        }),
      ),
    );
    return results.flat();
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
    await this.#each(this.#replicas.unread(this.#context.library), ({ id }) =>
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
    const read = await this.#read(async (get) => ({
      source: await get(item.source.id),
      namesakes: await Promise.all([...ids].map(get)),
    }));
    if ('error' in read) return this.#save({ ...item, status: 'FAILED', error: itemError(read.error) });
    if (!read.source) {
      const error = { code: 'NOT_FOUND', message: 'the source was deleted in the meantime' };
      return this.#save({ ...item, status: 'FAILED', error });
    }
    const { action, replica, error } = decide({
      source: read.source,
      replicaName: item.replicaName,
      targetModel: replication.targetModel,
      options: replication.options,
      namesakes: read.namesakes.filter((namesake) => namesake !== null),
      sourceExists: (id) => this.#libraryIds.has(id),
    });
    if (action === 'NONE') {
      await store.removeItem(replication.id, item.position);
      return null;
    }
    if (this.#kept.size < KEPT_SOURCES && (action === 'CREATE' || action === 'UPDATE')) {
      this.#kept.set(read.source.id, read.source);
    }
    const status = error ? 'FAILED' : action === 'SKIP' ? 'SKIPPED' : 'PENDING';
    return this.#save({ ...item, action, status, error, replica: replica && summaryOf(replica) });
  }

  async #copy(item: ReplicationItem | null): Promise<void> {
    if (!item) return;
    await this.#save({ ...item, status: 'RUNNING' });
    const kept = this.#kept.get(item.source.id);
    this.#kept.delete(item.source.id);
    const read = kept
      ? { source: kept }
      : await this.#read(async (get) => ({ source: await get(item.source.id) }));
    if ('error' in read)
      return void (await this.#save({ ...item, status: 'FAILED', error: itemError(read.error) }));
    if (!read.source) {
      const error = { code: 'NOT_FOUND', message: 'the source was deleted in the meantime' };
      return void (await this.#save({ ...item, status: 'FAILED', error }));
    }
    try {
      const result =
        item.action === 'UPDATE' && item.replica
          ? await this.#copier.update(read.source, item.replica, item.replicaName)
          : await this.#copier.create(read.source, item.replicaName);
      await this.#save({ ...item, ...outcome(item, result) });
    } catch (error) {
      // The job stops; what became of this one is not known, so it is still to be done.
      await this.#save(item);
      throw error;
    }
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
    return 'error' in result ? result : result.value;
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

function outcome(
  item: ReplicationItem,
  result: Awaited<ReturnType<Copier['create']>>,
): Partial<ReplicationItem> {
  if ('error' in result) return { status: 'FAILED', error: result.error, attempts: result.attempts };
  const { replica, existed, attempts } = result;
  if (existed) return { action: 'SKIP', status: 'SKIPPED', replica, attempts };
  return { status: item.action === 'UPDATE' ? 'UPDATED' : 'CREATED', replica, attempts };
}

/** What the record keeps of a prompt. */
export function summaryOf({
  id,
  slug,
  name,
  model,
  collectionId,
}: PortkeyPromptSummary): PortkeyPromptSummary {
  return { id, slug, name, model, collectionId };
}
