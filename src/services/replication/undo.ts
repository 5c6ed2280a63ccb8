import { timestamp } from '../../domain/clock.js';
import type { PortkeyPrompt } from '../../domain/portkey-prompt.js';
import type { RecordedReplica, Replication, ReplicationItem } from '../../domain/replication.js';
import { withFullStop } from '../../domain/text.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import { provenanceOf, toSnapshot } from './copying/replica-content.js';
import { itemsOf, type JobContext, mapItems } from './jobs/job-context.js';
import { endOf, mayBeSent } from './jobs/job-errors.js';
import { isRefusalOfOne } from './jobs/retry.js';
import { readLibrary } from './planning/selection.js';

/** Result of an undo. */
export interface Undone {
  readonly deleted: readonly { readonly id: string; readonly name: string }[];
  /** Replicas that were not deleted, with the reasons. */
  readonly kept: readonly { readonly id: string; readonly name: string; readonly reason: string }[];
}

/** A replica that the job may have created, and its item. */
interface Candidate {
  readonly replica: RecordedReplica;
  readonly item: ReplicationItem;
}

const UPDATED_ONLY =
  'The prompt existed before this replication, which gave it a new version. Publish the version before that to restore it.';

/** Deletes the replicas that one job created, unless they have been modified since. */
export class Undo {
  readonly #context: JobContext;
  /** Time from which reads show everything that the job created, by the store's clock. */
  #settledAt: number;
  readonly #deleted: { id: string; name: string }[] = [];
  readonly #kept: Undone['kept'][number][] = [];
  /** Jobs that have updated replicas since, by replica id. Portkey's reads may not show that yet. */
  readonly #updatedBy = new Map<string, string>();
  #listed: Promise<ReadonlySet<string>> | null = null;

  constructor(context: JobContext) {
    this.#context = context;
    this.#settledAt = context.store.now();
  }

  /** Result so far. */
  get result(): Undone {
    return { deleted: this.#deleted, kept: this.#kept };
  }

  /** Runs the undo. @returns The final changes of the job, for the caller to record. */
  async run(): Promise<Partial<Replication>> {
    const { token, replication, store, lostResponseTimeoutMs } = this.#context;
    let candidates: readonly Candidate[] = [];
    await token.run(async () => {
      const { id } = replication;
      for (const row of await store.recentReplicas(id, null)) {
        if (row.replicationId === id)
          this.#settledAt = Math.max(this.#settledAt, row.savedAt + lostResponseTimeoutMs);
        else if (row.status !== 'UNDONE') this.#updatedBy.set(row.replica.id, row.replicationId);
      }
      candidates = await this.#candidates();
    });
    const reached = await mapItems(this.#context, candidates, async (candidate) => {
      await this.#undo(candidate);
      return candidate;
    });
    const { reason } = token;
    if (reason === null) return { status: 'UNDONE', error: null, finishedAt: timestamp() };
    const error = endOf(replication, reason).error ?? null;
    const cause = error ? ` ${error.message}` : '';
    const unreached = new Set(candidates);
    for (const candidate of reached) unreached.delete(candidate);
    for (const candidate of unreached)
      this.#keep(candidate, `The undo stopped before it reached this replica.${cause}`);
    // The undo continues on the next request, or when the gateway starts again.
    return { status: 'UNDOING', error };
  }

  /**
   * Returns the recorded replicas, and prompts with the name of a replica whose response was lost. A prompt that merely shares
   * the name and the marker of a recorded replica is someone's copy of it.
   */
  async #candidates(): Promise<Candidate[]> {
    const { store, replication, client, token, lostResponseTimeoutMs } = this.#context;
    const candidates: Candidate[] = [];
    const lost = new Map<string, ReplicationItem>();
    for await (const item of itemsOf(store, replication.id)) {
      const { replica, action, status } = item;
      if (status === 'UPDATED' && replica) this.#keep({ replica, item }, UPDATED_ONLY);
      if (action !== 'CREATE' || status === 'UNDONE') continue;
      if (replica) candidates.push({ replica, item });
      else if (mayBeSent(item)) lost.set(item.replicaName, item);
    }
    if (lost.size === 0) return candidates;
    // A request can be carried out long after its connection has ended.
    await token.pause(lostResponseTimeoutMs);
    for (const prompt of await new PortkeyPromptSource(client).listAll()) {
      const item = typeof prompt.name === 'string' ? lost.get(prompt.name) : undefined;
      if (item) candidates.push({ replica: toSnapshot(prompt), item });
    }
    return candidates;
  }

  async #undo(candidate: Candidate): Promise<void> {
    const { id } = candidate.replica;
    const updatedBy = this.#updatedBy.get(id);
    if (updatedBy !== undefined)
      return this.#keep(
        candidate,
        `The replica has since been updated by replication ${updatedBy}. Delete it in Portkey if you do not need it.`,
      );
    const read = await this.#read(id);
    if (read instanceof UpstreamError)
      return this.#keep(candidate, `The replica could not be read. ${withFullStop(read.message)}`);
    if (read !== null) {
      const { prompt, versions } = read;
      if (!versions) return this.#keep(candidate, 'Portkey does not show the versions of the replica.');
      const marker = provenanceOf(prompt);
      const isOurs = marker?.replicationId === this.#context.replication.id;
      // A prompt that merely has the name of a replica stays, and is not reported.
      if (!isOurs && candidate.item.replica?.id !== id) return;
      const reason = whyKept(candidate.replica, prompt, isOurs, versions.length);
      if (reason) return this.#keep(candidate, reason);
      const error = await this.#delete(id);
      if (error)
        return this.#keep(candidate, `The replica could not be deleted. ${withFullStop(error.message)}`);
      this.#deleted.push({ id, name: nameOf(candidate) });
    }
    const { item, replica } = candidate;
    await this.#context.claimed.saveItem({ ...item, replica, status: 'UNDONE', error: null });
  }

  /** Reads a prompt and its versions. @returns null if it does not exist, or the error. */
  async #read(
    id: string,
  ): Promise<{ prompt: PortkeyPrompt; versions: readonly unknown[] | null } | UpstreamError | null> {
    const { client } = this.#context;
    try {
      const prompt = await client.waitFor(() => client.getPrompt(id), this.#unsettledMs);
      if (!prompt) return null;
      return { prompt, versions: await client.waitFor(() => client.listVersions(id), this.#unsettledMs) };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return (await this.#isGone(id, error)) ? null : error;
    }
  }

  /** Deletes a prompt. @returns The error if it still exists. */
  async #delete(id: string): Promise<UpstreamError | null> {
    const { client } = this.#context;
    let attempts = 0;
    const attemptOnce = async (attempt: number) => {
      attempts = attempt;
      await client.deletePrompt(id);
    };
    try {
      await client.withRetry(attemptOnce, isRefusalOfOne);
      return null;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // The response to an earlier attempt can be lost although it deleted the replica.
      return attempts > 1 && (await this.#hasVanished(id)) ? null : error;
    }
  }

  /** Returns true for a deleted prompt. Some endpoints send 403 for it, and no list contains it. */
  async #isGone(id: string, { status }: UpstreamError): Promise<boolean> {
    if (status !== 403) return false;
    this.#listed ??= this.#listIds();
    return !(await this.#listed).has(id);
  }

  /** Waits, for as long as reads may lag, until a replica can no longer be read. */
  async #hasVanished(id: string): Promise<boolean> {
    const { client, lostResponseTimeoutMs } = this.#context;
    const readOnce = async () => {
      try {
        return (await client.getPrompt(id)) === null ? true : null;
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        return error.status === 403 ? true : null;
      }
    };
    return (await client.waitFor(readOnce, lostResponseTimeoutMs)) !== null;
  }

  async #listIds(): Promise<ReadonlySet<string>> {
    const { client, token, replication, store } = this.#context;
    // A stale list may lack replicas that the job created.
    await token.pause(this.#unsettledMs);
    const source = new PortkeyPromptSource(client);
    const { prompts } = await readLibrary(source, replication.selection, store.now);
    return new Set(prompts.map(({ id }) => id));
  }

  /** Time for which reads may not show all replicas that the job created, in milliseconds. */
  get #unsettledMs(): number {
    const { store, lostResponseTimeoutMs } = this.#context;
    return Math.min(lostResponseTimeoutMs, Math.max(0, this.#settledAt - store.now()));
  }

  #keep(candidate: Candidate, reason: string): void {
    this.#kept.push({ id: candidate.replica.id, name: nameOf(candidate), reason });
  }
}

function nameOf({ replica, item }: Candidate): string {
  return replica.name ?? item.replicaName;
}

/** Returns the reason to keep a replica that has been modified since the job made it, or null. */
function whyKept(
  made: RecordedReplica,
  prompt: PortkeyPrompt,
  isOurs: boolean,
  versions: number,
): string | null {
  if (versions > 1) return `The replica has been edited since: it has ${versions} versions.`;
  if (!isOurs) return 'The replica has been modified since: the marker of this replication is missing.';
  if (typeof prompt.name === 'string' && made.name !== null && prompt.name !== made.name) {
    return `The replica has been renamed to "${prompt.name}" since.`;
  }
  const { collectionId } = prompt;
  if (typeof collectionId === 'string' && made.collectionId !== null && collectionId !== made.collectionId) {
    return 'The replica was moved to another collection. Delete it in Portkey if you do not need it.';
  }
  return null;
}
