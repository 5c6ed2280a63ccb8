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
import { catchUpstreamError, told, UpstreamError } from '../../../domain/upstream-error.js';
import { copyOf, toSnapshot, unreadable } from '../copying/copy.js';
import { markerOf } from '../copying/marker.js';
import { lostBesidesMarker, notKeptInCreate, verify } from '../copying/verify.js';
import { type JobContext, mapItems } from '../jobs/job-context.js';
import { itemError, mayBeSent, unknownOutcome } from '../jobs/job-errors.js';
import { type IsFinal, isRefusalOfOne } from '../jobs/retry.js';
import { clashingNames, type Decision, decide } from './plan.js';
import { RecentReplicas } from './recent-replicas.js';
import type { Library } from './selection.js';

/** Sources that were read for the plan and are kept for the run; those beyond it are read again. */
const KEPT_SOURCES = 1000;
/** A prompt in a shape that is not understood will be in the same one the next time. */
const isUnreadable: IsFinal = (error) => isRefusalOfOne(error) || error.kind === 'BAD_RESPONSE';
const GONE: ReplicationError = { code: 'NOT_FOUND', message: 'The source was deleted in the meantime.' };

/** Reads the sources of a job and decides what is to be done for each. Writes every decision to the store. */
export class Planner {
  readonly #context: JobContext;
  readonly #library: Library;
  readonly #kept = new Map<string, PortkeyPrompt>();
  readonly #replicas: KnownReplicas;
  readonly #idsByName = new Map<string, string[]>();
  readonly #libraryIds: ReadonlySet<string>;
  #clashing: ReadonlySet<string> = new Set();
  #recent: RecentReplicas;
  /** Ids of versions that jobs could not publish, by replica. */
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
   * Decides on all items. What has no replica of the planned name may have one of another name, made with another
   * template: only then the prompts that run on the target model are read, and these items are decided on again.
   * @returns The items that are to be carried out.
   */
  async plan(items: readonly ReplicationItem[]): Promise<ReplicationItem[]> {
    const { store, replication, settleMs } = this.#context;
    const library = this.#library;
    this.#clashing = clashingNames(items);
    const rows = await store.recentReplicas(replication.id, library.readAt - settleMs);
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

  /** A source, or why it cannot be one. */
  async source(id: string): Promise<PortkeyPrompt | { fault: ReplicationError }> {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    if (kept) return kept;
    const read = await catchUpstreamError(this.#recent.readSource(id, this.#get));
    if (read === null) return { fault: GONE };
    if (read instanceof UpstreamError) return { fault: itemError(read) };
    const error = unreadable(read);
    return error ? { fault: itemError(error) } : read;
  }

  /** The version of an item's replica that was written a moment before; null where there is none. */
  recentVersion({ source, replica }: ReplicationItem): WrittenVersion | null {
    return replica && this.#recent.writtenOf(source.id, replica.id);
  }

  /** Versions of an item's replica that jobs could not publish, however long ago. */
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

  /** Decides on one item; null when it turns out to be no source. */
  async #decide(item: ReplicationItem): Promise<ReplicationItem | null> {
    const { replication, claimed } = this.#context;
    const ids = this.#candidates(item);
    const source = await this.source(item.source.id);
    if ('fault' in source) return this.#fail(item, source.fault);
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

  /** The ids of prompts that may be the replica of an item: by name, by marker, and by the gateway's own record. */
  #candidates({ source, replica, replicaName }: ReplicationItem): string[] {
    const known = [this.#replicas.idFor(source.id), this.#recent.idFor(source.id), replica?.id];
    const ids = new Set([...(this.#idsByName.get(replicaName) ?? []), ...known]);
    return [...ids].filter((id) => id !== undefined).filter((id) => !this.#recent.isDeleted(id));
  }

  /** What a decision makes of an item. */
  #outcome(
    item: ReplicationItem,
    source: PortkeyPrompt,
    { action, replica, error }: Decision & { action: ReplicationAction },
  ): Partial<ReplicationItem> {
    const { replication } = this.#context;
    const written = replica && item.replica?.id === replica.id ? item.replica.written : undefined;
    const kept = replica && { ...toSnapshot(replica), ...(written && { written }) };
    // A replica that this job has made stays in its record, whatever has become of it.
    const own = item.action === 'CREATE' ? item.replica : null;
    if (error) return { action: own ? 'CREATE' : action, replica: kept ?? own, status: 'FAILED', error };
    const marker = replica && markerOf(replica);
    const isOurs = marker?.replicationId === replication.id;
    if (action === 'CREATE' || (action === 'UPDATE' && !(isOurs && item.action === 'CREATE'))) {
      if (this.#kept.size < KEPT_SOURCES) this.#kept.set(source.id, source);
      return { action, replica: kept, status: mayBeSent(item) ? 'RUNNING' : 'PENDING', error };
    }
    const isCurrent = marker?.versionId === told(source.versionId);
    const fault =
      replica && isCurrent
        ? this.#faultOf(copyOf(source, item.replicaName, replication), replica, isOurs)
        : null;
    // What this job has made before it was cut off is its own, although its answer was lost.
    const made = isOurs ? item.action : action;
    const status = made === 'CREATE' ? 'CREATED' : made === 'UPDATE' ? 'UPDATED' : 'SKIPPED';
    return { action: made, replica: kept, status: fault ? 'FAILED' : status, error: fault };
  }

  /** Checks a replica that holds this version of its source: strictly where this job has made it, else as `verify` says. */
  #faultOf(input: PortkeyPromptInput, replica: PortkeyPrompt, isOurs: boolean): ReplicationError | null {
    const lost = isOurs ? lostBesidesMarker(input, replica) : null;
    if (lost !== null) return notKeptInCreate(lost);
    return this.#context.replication.options.verify ? verify(input, replica) : null;
  }

  readonly #get = async (id: string): Promise<PortkeyPrompt | null> => {
    const read = this.#context.client.getPrompt(id, isUnreadable);
    const prompt = await read.catch((error: unknown) => {
      // Some endpoints respond with 403 for a deleted prompt. One that is not in the list is gone.
      if (error instanceof UpstreamError && error.status === 403 && !this.#libraryIds.has(id)) return null;
      throw error;
    });
    if (prompt) this.#replicas.note(prompt);
    return prompt;
  };

  #fail(item: ReplicationItem, error: ReplicationError): Promise<ReplicationItem> {
    return this.#save(item, { status: 'FAILED', error: mayBeSent(item) ? unknownOutcome(error) : error });
  }

  /** Writes what has changed. */
  async #save(item: ReplicationItem, changes: Partial<ReplicationItem>): Promise<ReplicationItem> {
    const changed = { ...item, ...changes };
    if (!isDeepStrictEqual(item, changed)) await this.#context.claimed.saveItem(changed);
    return changed;
  }
}

/** The replicas for one target model, whatever their names, as far as prompts were read. */
class KnownReplicas {
  readonly #targetModel: string;
  readonly #idBySource = new Map<string, string>();
  readonly #read = new Set<string>();

  constructor(targetModel: string) {
    this.#targetModel = targetModel;
  }

  /** Remembers what a prompt that was read is. */
  note(prompt: PortkeyPrompt): void {
    this.#read.add(prompt.id);
    const marker = markerOf(prompt);
    if (marker?.targetModel === this.#targetModel) this.#idBySource.set(marker.promptId, prompt.id);
  }

  /** The id of the replica of a source. */
  idFor(sourceId: string): string | undefined {
    return this.#idBySource.get(sourceId);
  }

  /** Prompts that can be replicas but were not read yet: a list tells the model of a prompt, but not its marker. */
  unread(prompts: readonly PortkeyPromptSummary[]): PortkeyPromptSummary[] {
    return prompts.filter(
      ({ id, model }) =>
        // A prompt without a reported model can be a replica as well.
        (typeof model !== 'string' || model === this.#targetModel) && !this.#read.has(id),
    );
  }
}
