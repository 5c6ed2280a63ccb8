import { isDeepStrictEqual } from 'node:util';
import type {
  PortkeyPrompt,
  PortkeyPromptInput,
  PortkeyPromptSummary,
} from '../../../domain/portkey-prompt.js';
import type {
  ReplicationAction,
  ReplicationError,
  ReplicationItem,
  WrittenVersion,
} from '../../../domain/replication.js';
import { catchUpstreamError, UpstreamError, unwrap } from '../../../domain/upstream-error.js';
import { copyOf, provenanceOf, toSnapshot, unreadable } from '../copying/replica-content.js';
import { lostBesidesMarker, notKeptInCreate, verify } from '../copying/verify.js';
import { type JobContext, mapItems } from '../jobs/job-context.js';
import { itemError, mayBeSent, unknownOutcome } from '../jobs/job-errors.js';
import { type IsFinal, isRefusalOfOne } from '../jobs/retry.js';
import { clashingNames, type Decision, decide } from './plan.js';
import { RecentReplicas } from './recent-replicas.js';
import type { Library } from './selection.js';

/** Maximum number of sources that are kept in memory from plan to run. The others are read again. */
const MAX_CACHED_SOURCES = 1000;
/** Excludes prompts that cannot be decoded from retries, which would not help. */
const isUnreadable: IsFinal = (error) => isRefusalOfOne(error) || error.kind === 'BAD_RESPONSE';
const GONE: ReplicationError = { code: 'NOT_FOUND', message: 'The source was deleted in the meantime.' };

/** Reads the sources of a job and decides on the action for each. Writes every decision to the store. */
export class Planner {
  readonly #context: JobContext;
  readonly #library: Library;
  readonly #cachedSources = new Map<string, PortkeyPrompt>();
  readonly #replicas: KnownReplicas;
  readonly #idsByName = new Map<string, string[]>();
  readonly #libraryIds: ReadonlySet<string>;
  #clashing: ReadonlySet<string> = new Set();
  #recent: RecentReplicas;
  /** Ids of versions that jobs could not publish, by replica id. */
  readonly #unpublished = new Map<string, Set<string>>();

  constructor(context: JobContext, library: Library) {
    this.#context = context;
    this.#library = library;
    this.#recent = new RecentReplicas([], context);
    this.#replicas = new KnownReplicas(context.replication.targetModel);
    this.#libraryIds = new Set(library.prompts.map(({ id }) => id));
    for (const { id, name } of library.neighbours) {
      if (typeof name === 'string') this.#idsByName.set(name, [...(this.#idsByName.get(name) ?? []), id]);
    }
  }

  /**
   * Decides on all items. An item without a replica of the planned name may have one of another name, made with another
   * template. Only then does the planner read the prompts on the target model and decide again.
   * @returns The items to carry out.
   */
  async plan(items: readonly ReplicationItem[]): Promise<ReplicationItem[]> {
    const { store, replication, lostResponseTimeoutMs } = this.#context;
    const library = this.#library;
    this.#clashing = clashingNames(items);
    const rows = await store.recentReplicas(replication.id, library.readAt - lostResponseTimeoutMs);
    this.#recent = new RecentReplicas(rows, this.#context);
    if (replication.options.onExisting === 'UPDATE' && !replication.dryRun) await this.#findUnpublished();
    let planned = await mapItems(this.#context, items, (item) => this.#decide(item));
    const isUnmatched = (item: ReplicationItem | null) =>
      item !== null &&
      (item.action === 'CONFLICT' || (item.action === 'CREATE' && item.status !== 'CREATED'));
    if (planned.some(isUnmatched)) {
      await mapItems(this.#context, this.#replicas.unread(library.prompts), async ({ id }) => {
        await catchUpstreamError(this.#get(id));
      });
      planned = await mapItems(this.#context, planned, async (item) => {
        if (!item || !isUnmatched(item) || !this.#replicas.idFor(item.source.id)) return item;
        return this.#decide(item);
      });
    }
    return planned.filter(
      (item): item is ReplicationItem => item?.status === 'PENDING' || item?.status === 'RUNNING',
    );
  }

  /** Returns a source, or the reason why it cannot be used. */
  async source(id: string): Promise<PortkeyPrompt | { failure: ReplicationError }> {
    const cached = this.#cachedSources.get(id);
    this.#cachedSources.delete(id);
    if (cached) return cached;
    const read = await catchUpstreamError(this.#recent.readSource(id, this.#get));
    if (read === null) return { failure: GONE };
    if (read instanceof UpstreamError) return { failure: itemError(read) };
    const error = unreadable(read);
    return error ? { failure: itemError(error) } : read;
  }

  /** Returns the version of an item's replica that was just written, or null. */
  recentVersion({ source, replica }: ReplicationItem): WrittenVersion | null {
    return replica && this.#recent.writtenOf(source.id, replica.id);
  }

  /** Returns the ids of all versions of an item's replica that jobs could not publish. */
  unpublishedVersions({ replica }: ReplicationItem): ReadonlySet<string> {
    return (replica && this.#unpublished.get(replica.id)) ?? new Set();
  }

  async #findUnpublished(): Promise<void> {
    const { store, replication } = this.#context;
    for (const { replicaId, versionId } of await store.unpublishedVersions(replication.id)) {
      const versions = this.#unpublished.get(replicaId) ?? new Set();
      this.#unpublished.set(replicaId, versions.add(versionId));
    }
  }

  /** Decides on one item. Returns null if it turns out to be a replica itself. */
  async #decide(item: ReplicationItem): Promise<ReplicationItem | null> {
    const { replication, claimed } = this.#context;
    const ids = this.#candidates(item);
    const source = await this.source(item.source.id);
    if ('failure' in source) return this.#fail(item, source.failure);
    const namesakes = await catchUpstreamError(
      Promise.all(ids.map((id) => this.#recent.read(item.source.id, id, this.#get))),
    );
    if (namesakes instanceof UpstreamError) return this.#fail(item, itemError(namesakes));
    const decision = decide({
      source,
      replicaName: item.replicaName,
      targetModel: replication.targetModel,
      options: replication.options,
      namesakes: namesakes.filter((namesake) => namesake !== null),
      isClashing: this.#clashing.has(item.replicaName),
      sourceExists: (id) => this.#libraryIds.has(id),
    });
    if (decision.action === 'NONE') {
      await claimed.removeItem(item.position);
      return null;
    }
    const { action, ...rest } = decision;
    return this.#save(item, this.#outcome(item, source, { ...rest, action }));
  }

  /** Returns the ids of prompts that may be the replica of an item: by name, by marker and by the gateway's record. */
  #candidates({ source, replica, replicaName }: ReplicationItem): string[] {
    const known = [this.#replicas.idFor(source.id), this.#recent.idFor(source.id), replica?.id];
    const ids = new Set([...(this.#idsByName.get(replicaName) ?? []), ...known]);
    return [...ids].filter((id) => id !== undefined).filter((id) => !this.#recent.isDeleted(id));
  }

  /** Returns the changes of an item after a decision. */
  #outcome(
    item: ReplicationItem,
    source: PortkeyPrompt,
    { action, replica, error }: Decision & { action: ReplicationAction },
  ): Partial<ReplicationItem> {
    const { replication } = this.#context;
    const written = replica && item.replica?.id === replica.id ? item.replica.written : undefined;
    const recordedReplica = replica && { ...toSnapshot(replica), ...(written && { written }) };
    // A replica that this job made stays in its record, regardless of its current state.
    const own = item.action === 'CREATE' ? item.replica : null;
    if (error)
      return { action: own ? 'CREATE' : action, replica: recordedReplica ?? own, status: 'FAILED', error };
    const provenance = replica && provenanceOf(replica);
    const isOurs = provenance?.replicationId === replication.id;
    if (action === 'CREATE' || (action === 'UPDATE' && !(isOurs && item.action === 'CREATE'))) {
      if (this.#cachedSources.size < MAX_CACHED_SOURCES) this.#cachedSources.set(source.id, source);
      return { action, replica: recordedReplica, status: mayBeSent(item) ? 'RUNNING' : 'PENDING', error };
    }
    const isCurrent = provenance?.versionId === unwrap(source.versionId);
    const failure =
      replica && isCurrent
        ? this.#failureOf(copyOf(source, item.replicaName, replication), replica, isOurs)
        : null;
    // A replica that this job made before an interruption counts as its own, even if the response was lost.
    const actualAction = isOurs ? item.action : action;
    const status = actualAction === 'CREATE' ? 'CREATED' : actualAction === 'UPDATE' ? 'UPDATED' : 'SKIPPED';
    return {
      action: actualAction,
      replica: recordedReplica,
      status: failure ? 'FAILED' : status,
      error: failure,
    };
  }

  /** Checks a replica of this version of its source. Strict if this job made it, otherwise according to `verify`. */
  #failureOf(input: PortkeyPromptInput, replica: PortkeyPrompt, isOurs: boolean): ReplicationError | null {
    const lost = isOurs ? lostBesidesMarker(input, replica) : null;
    if (lost !== null) return notKeptInCreate(lost);
    return this.#context.replication.options.verify ? verify(input, replica) : null;
  }

  readonly #get = async (id: string): Promise<PortkeyPrompt | null> => {
    const read = this.#context.client.getPrompt(id, isUnreadable);
    const prompt = await read.catch((error: unknown) => {
      // Some endpoints respond with 403 for a deleted prompt. A prompt that is not in the list was deleted.
      if (error instanceof UpstreamError && error.status === 403 && !this.#libraryIds.has(id)) return null;
      throw error;
    });
    if (prompt) this.#replicas.note(prompt);
    return prompt;
  };

  #fail(item: ReplicationItem, error: ReplicationError): Promise<ReplicationItem> {
    return this.#save(item, { status: 'FAILED', error: mayBeSent(item) ? unknownOutcome(error) : error });
  }

  /** Records the changes of an item, if there are any. */
  async #save(item: ReplicationItem, changes: Partial<ReplicationItem>): Promise<ReplicationItem> {
    const changed = { ...item, ...changes };
    if (!isDeepStrictEqual(item, changed)) await this.#context.claimed.saveItem(changed);
    return changed;
  }
}

/** Replicas for one target model, of any name, among the prompts that were read. */
class KnownReplicas {
  readonly #targetModel: string;
  readonly #idBySource = new Map<string, string>();
  readonly #read = new Set<string>();

  constructor(targetModel: string) {
    this.#targetModel = targetModel;
  }

  /** Registers a prompt that was read. */
  note(prompt: PortkeyPrompt): void {
    this.#read.add(prompt.id);
    const provenance = provenanceOf(prompt);
    if (provenance?.targetModel === this.#targetModel) this.#idBySource.set(provenance.promptId, prompt.id);
  }

  /** Returns the id of the replica of a source. */
  idFor(sourceId: string): string | undefined {
    return this.#idBySource.get(sourceId);
  }

  /** Returns prompts that can be replicas but were not read yet: a list shows their model, but not their provenance. */
  unread(prompts: readonly PortkeyPromptSummary[]): PortkeyPromptSummary[] {
    return prompts.filter(
      ({ id, model }) =>
        // A prompt without a listed model can be a replica too.
        (typeof model !== 'string' || model === this.#targetModel) && !this.#read.has(id),
    );
  }
}
