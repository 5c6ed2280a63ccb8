import type { ReplicationStore } from '../../backplane/replication-store.js';
import { timestamp } from '../../domain/clock.js';
import type { PortkeyPrompt } from '../../domain/portkey-prompt.js';
import type { RecordedReplica, Replication, ReplicationItem } from '../../domain/replication.js';
import type { UpstreamError } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { endOf } from './ending.js';
import { markerOf } from './marker.js';
import { mayBeSent } from './maybe-sent.js';
import { isRefusalOfOne, persist } from './persist.js';
import { pauseFor, type RateGate } from './rate-gate.js';
import { recorded } from './recorded.js';
import { readLibrary } from './selection.js';
import { lookUntil } from './settle.js';
import type { Stop } from './stop.js';
import { Workforce } from './workforce.js';

/** A replica that was not deleted, and why. */
export interface Kept {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

/** What an undo has done. */
export interface Undone {
  readonly deleted: readonly { readonly id: string; readonly name: string }[];
  readonly kept: readonly Kept[];
}

export interface UndoContext {
  readonly replication: Replication;
  readonly portkey: PortkeyApi;
  readonly store: ReplicationStore;
  readonly gate: RateGate;
  readonly stop: Stop;
  /** For how long what was sent and cut off may still be carried out, in milliseconds. */
  readonly settleMs: number;
}

/** A replica that the job may have created, and its line. */
interface Candidate {
  readonly replica: RecordedReplica;
  readonly item: ReplicationItem;
}

const PAGE = 500;
const UPDATED_ONLY =
  'it was there before this replication, which gave it a new version: publish the version before it to take that back';

/** Deletes what one job has created, as far as it is as it was created. */
export class Undo {
  readonly #context: UndoContext;
  readonly #workforce: Workforce;
  /** Time from which reads show what the job has created, by the clock of the record. */
  #settledAt: number;
  readonly #deleted: { id: string; name: string }[] = [];
  readonly #kept: Kept[] = [];
  /** The job that has updated a replica since, by the replica's id: Portkey's reads may not show that yet. */
  readonly #updatedBy = new Map<string, string>();
  #listed: Promise<ReadonlySet<string>> | null = null;

  constructor(context: UndoContext) {
    this.#context = context;
    this.#settledAt = context.store.now();
    this.#workforce = new Workforce(context.replication.options.concurrency, context.stop);
  }

  /** What was done so far. */
  get result(): Undone {
    return { deleted: this.#deleted, kept: this.#kept };
  }

  /** @returns What becomes of the job; to be recorded by the caller. */
  async run(): Promise<Partial<Replication>> {
    const { stop, replication, store, settleMs } = this.#context;
    let candidates: readonly Candidate[] = [];
    await this.#workforce.attempt(async () => {
      const { id } = replication;
      for (const row of await store.recentReplicas(id, null)) {
        if (row.replicationId === id) this.#settledAt = Math.max(this.#settledAt, row.savedAt + settleMs);
        else if (row.status !== 'UNDONE') this.#updatedBy.set(row.replica.id, row.replicationId);
      }
      candidates = await this.#candidates();
    });
    const reached = await this.#workforce.each(candidates, async (candidate) => {
      await this.#undo(candidate);
      return candidate;
    });
    const { reason } = stop;
    if (reason === null) return { status: 'UNDONE', error: null, finishedAt: timestamp() };
    const error = endOf(replication, reason).error ?? null;
    const left = new Set(candidates);
    for (const candidate of reached) left.delete(candidate);
    for (const candidate of left)
      this.#keep(candidate, `it was not come to${error ? `: ${error.message}` : ''}`);
    // It goes on when it is asked for again, or at the next start.
    return { status: 'UNDOING', error };
  }

  /**
   * What the lines name; and what has the name of one that may have been sent without its answer having come. A prompt
   * that has merely the name and the marker of a replica that is known is somebody's copy of it.
   */
  async #candidates(): Promise<Candidate[]> {
    const { store, replication, portkey, gate, stop, settleMs } = this.#context;
    const candidates: Candidate[] = [];
    const lost = new Map<string, ReplicationItem>();
    for (let after: number | undefined, hasNextPage = true; hasNextPage; ) {
      const page = await store.items(replication.id, { first: PAGE, after });
      for (const item of page.items) {
        const { replica, action, status } = item;
        if (status === 'UPDATED' && replica) this.#keep({ replica, item }, UPDATED_ONLY);
        if (action !== 'CREATE' || status === 'UNDONE') continue;
        if (replica) candidates.push({ replica, item });
        else if (mayBeSent(item)) lost.set(item.replicaName, item);
      }
      after = page.items.at(-1)?.position;
      hasNextPage = page.hasNextPage;
    }
    if (lost.size === 0) return candidates;
    // The connection can have ended long before the work does.
    await pauseFor(settleMs, stop);
    const source = new PortkeyPromptSource(portkey);
    const listed = await persist(gate, stop, () => source.listAll());
    if ('error' in listed) throw listed.error;
    for (const prompt of listed.value) {
      const item = typeof prompt.name === 'string' ? lost.get(prompt.name) : undefined;
      if (item) candidates.push({ replica: recorded(prompt), item });
    }
    return candidates;
  }

  async #undo(candidate: Candidate): Promise<void> {
    const { portkey, gate, stop } = this.#context;
    const { id } = candidate.replica;
    const updatedBy = this.#updatedBy.get(id);
    if (updatedBy !== undefined)
      return this.#keep(candidate, `it was updated since by the replication ${updatedBy}`);
    const readWhole = async () => {
      const prompt = await lookUntil(() => portkey.getPrompt(id), this.#unsettledMs, stop);
      const listVersions = () => lookUntil(() => portkey.listVersions(id), this.#unsettledMs, stop);
      return { prompt, versions: prompt && (await listVersions()) };
    };
    const read = await persist(gate, stop, readWhole, isRefusalOfOne);
    if ('error' in read && !(await this.#isGone(id, read.error))) {
      return this.#keep(candidate, `it could not be read: ${read.error.message}`);
    }
    const { prompt, versions } = 'value' in read ? read.value : { prompt: null, versions: null };
    if (prompt && !versions) return this.#keep(candidate, 'Portkey does not show its versions');
    if (prompt && versions) {
      const marker = markerOf(prompt);
      const isOurs = marker?.replicationId === this.#context.replication.id;
      // One that merely has the name of a replica is nobody's business here.
      if (!isOurs && candidate.item.replica?.id !== id) return;
      const reason = whyKept(candidate.replica, prompt, isOurs, versions.length);
      if (reason) return this.#keep(candidate, reason);
      const gone = await persist(gate, stop, () => portkey.deletePrompt(id), isRefusalOfOne);
      // The response to an earlier attempt can be lost although it deleted the replica.
      const isDone = 'value' in gone || (gone.attempts > 1 && (await this.#hasVanished(id)));
      if ('error' in gone && !isDone) {
        return this.#keep(candidate, `it could not be deleted: ${gone.error.message}`);
      }
      this.#deleted.push({ id, name: nameOf(candidate) });
    }
    await this.#record(candidate);
  }

  /** Some endpoints answer 403 for a prompt that was deleted: one that no list holds is gone. */
  async #isGone(id: string, { status }: UpstreamError): Promise<boolean> {
    if (status !== 403) return false;
    this.#listed ??= this.#listIds();
    return !(await this.#listed).has(id);
  }

  /** Waits, as long as reads may lag, until a replica that could be read before cannot be read. */
  async #hasVanished(id: string): Promise<boolean> {
    const { portkey, gate, stop, settleMs } = this.#context;
    const look = async () => {
      const read = await persist(gate, stop, () => portkey.getPrompt(id), isRefusalOfOne);
      const isAbsent = 'error' in read ? read.error.status === 403 : read.value === null;
      return isAbsent ? true : null;
    };
    return (await lookUntil(look, settleMs, stop)) !== null;
  }

  async #listIds(): Promise<ReadonlySet<string>> {
    const { portkey, gate, stop, replication, store } = this.#context;
    // A list that lags may not hold what the job has created.
    await pauseFor(this.#unsettledMs, stop);
    const source = new PortkeyPromptSource(portkey);
    const read = await persist(gate, stop, () => readLibrary(source, replication.selection, store.now));
    if ('error' in read) throw read.error;
    return new Set(read.value.prompts.map(({ id }) => id));
  }

  /** Time for which a read may not show what the job has created, in milliseconds. */
  get #unsettledMs(): number {
    const { store, settleMs } = this.#context;
    return Math.min(settleMs, Math.max(0, this.#settledAt - store.now()));
  }

  async #record({ item, replica }: Candidate): Promise<void> {
    const { store, replication } = this.#context;
    await store.saveItem(replication.id, { ...item, replica, status: 'UNDONE', error: null });
  }

  #keep(candidate: Candidate, reason: string): void {
    this.#kept.push({ id: candidate.replica.id, name: nameOf(candidate), reason });
  }
}

function nameOf({ replica, item }: Candidate): string {
  return replica.name ?? item.replicaName;
}

/** Why a replica is not deleted: it is not any more what the job has made of it. Null when it is. */
function whyKept(
  made: RecordedReplica,
  prompt: PortkeyPrompt,
  isOurs: boolean,
  versions: number,
): string | null {
  if (versions > 1) return `it was edited since: it has ${versions} versions`;
  if (!isOurs) return 'it was changed since: it has not the marker of this replication';
  if (typeof prompt.name === 'string' && made.name !== null && prompt.name !== made.name) {
    return `it was renamed since to "${prompt.name}"`;
  }
  const { collectionId } = prompt;
  if (typeof collectionId === 'string' && made.collectionId !== null && collectionId !== made.collectionId) {
    return 'it was moved to another collection since';
  }
  return null;
}
