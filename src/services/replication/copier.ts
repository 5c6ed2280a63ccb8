import { setTimeout as pause } from 'node:timers/promises';
import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { Replication, ReplicationError } from '../../domain/replication.js';
import { TOP_LEVEL_CODES, UpstreamError, userErrorCode } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import { badResponse } from '../../upstream/failures.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { copyOf } from './copy.js';
import { markerOf } from './marker.js';
import { persist, REFUSALS } from './persist.js';
import type { RateGate } from './rate-gate.js';

/** What a copier works with. */
export interface CopierContext {
  readonly replication: Replication;
  readonly portkey: PortkeyApi;
  readonly gate: RateGate;
  readonly signal: AbortSignal;
  /** For how long a create whose answer was lost is looked for before it counts as not done, in milliseconds. */
  readonly settleMs: number;
}

interface Copied {
  readonly replica: PortkeyPromptSummary;
  /** The replica was there already, made by somebody else in the meantime. */
  readonly existed: boolean;
  /** It was sent again after an outcome that was not known. */
  readonly repeated: boolean;
}

/** How an item ended. */
export type CopyResult = (Copied | { readonly error: ReplicationError }) & { readonly attempts: number };

/** Creates and updates replicas, and never the same one twice: after an unknown outcome it looks before it repeats. */
export class Copier {
  readonly #context: CopierContext;

  constructor(context: CopierContext) {
    this.#context = context;
  }

  /** @throws UpstreamError when the whole job cannot go on. */
  async create(source: PortkeyPrompt, name: string): Promise<CopyResult> {
    const { portkey, replication } = this.#context;
    const input = copyOf(source, name, replication.targetModel, replication.options);
    let isUnknown = false;
    let repeated = false;
    return this.#persist(async () => {
      if (isUnknown) {
        const replica = await this.#awaitLanding(name, source.id);
        if (replica) return { replica, existed: false, repeated };
        isUnknown = false;
        repeated = true;
      }
      try {
        const { id, slug } = await portkey.createPrompt(input);
        const { collectionId, model } = input;
        return { replica: { id, slug, name, model, collectionId }, existed: false, repeated };
      } catch (error) {
        isUnknown = mayHaveBeenDone(error);
        // The conflict can be with our own create, when it landed after all.
        const isTaken = error instanceof UpstreamError && error.kind === 'CONFLICT';
        const [replica] = isTaken ? await this.find(name, source.id) : [];
        if (replica) return { replica, existed: !repeated, repeated };
        throw error;
      }
    });
  }

  /** Gives a replica a new version with its source's content, and publishes it. */
  async update(source: PortkeyPrompt, replica: PortkeyPromptSummary, name: string): Promise<CopyResult> {
    const { portkey, replication } = this.#context;
    const input = copyOf(source, name, replication.targetModel, replication.options);
    let isUnknown = false;
    let versionId: string | null = null;
    return this.#persist(async () => {
      // Once the version is made, only what comes after it is tried again.
      if (isUnknown) versionId = await this.#newVersionOf(replica.id, source);
      isUnknown = false;
      try {
        versionId ??= (await portkey.updatePrompt(replica.id, input)).versionId;
      } catch (error) {
        isUnknown = mayHaveBeenDone(error);
        throw error;
      }
      await this.#publish(replica.id, versionId);
      return { replica: { ...replica, model: input.model }, existed: false, repeated: false };
    });
  }

  /**
   * The replicas of a source by name and marker. Portkey's search is asked first; as it is not documented how it matches,
   * only the whole list proves that there is none.
   */
  async find(name: string, sourceId: string): Promise<PortkeyPromptSummary[]> {
    const found = await this.#search(name, sourceId, name);
    return found.length > 0 ? found : this.#search(name, sourceId);
  }

  /**
   * Looks for a create whose answer was lost until it is there or has had time to land: the connection can end long
   * before the work does.
   */
  async #awaitLanding(name: string, sourceId: string): Promise<PortkeyPromptSummary | undefined> {
    const { settleMs, signal } = this.#context;
    const deadline = Date.now() + settleMs;
    for (let wait = 250; Date.now() < deadline; wait *= 2) {
      const [replica] = await this.#search(name, sourceId, name);
      if (replica) return replica;
      await pause(Math.min(wait, Math.max(0, deadline - Date.now())), undefined, { signal });
    }
    const [replica] = await this.find(name, sourceId);
    return replica;
  }

  async #search(name: string, sourceId: string, search?: string): Promise<PortkeyPromptSummary[]> {
    const { portkey, replication } = this.#context;
    const { workspaceId } = replication.selection;
    const prompts = new PortkeyPromptSource(portkey);
    const found: PortkeyPromptSummary[] = [];
    // The replica's collection can be in another workspace than its source.
    for (const scope of workspaceId ? [{ workspaceId }, {}] : [{}]) {
      for (const candidate of await prompts.listAll({ ...scope, search })) {
        if (candidate.name !== name || found.some(({ id }) => id === candidate.id)) continue;
        const marker = markerOf((await prompts.load(candidate.id)) ?? { metadata: null });
        if (marker?.promptId !== sourceId || marker.targetModel !== replication.targetModel) continue;
        found.push(candidate);
      }
    }
    return found;
  }

  /**
   * The newest version of a replica, if it was made from this version of its source. Null as well where that cannot be
   * told: one version too many does no harm.
   */
  async #newVersionOf(replicaId: string, source: PortkeyPrompt): Promise<string | null> {
    const { portkey } = this.#context;
    const [newest] = (await portkey.listVersions(replicaId)).sort((one, other) => other.number - one.number);
    if (!newest) return null;
    const version = await portkey.getVersion(replicaId, newest.versionId).catch((error: unknown) => {
      if (error instanceof UpstreamError && REFUSALS.has(error.kind)) return { metadata: null };
      throw error;
    });
    const marker = markerOf(version);
    return marker?.promptId === source.id && marker.versionId === source.versionId ? newest.versionId : null;
  }

  async #publish(replicaId: string, versionId: string | null): Promise<void> {
    const { portkey } = this.#context;
    const versions = await portkey.listVersions(replicaId);
    const version = versions.find((candidate) => candidate.versionId === versionId);
    if (!version) throw badResponse('portkey', 'its list of versions lacks the one that it has just made');
    await portkey.publishVersion(replicaId, version.number);
  }

  async #persist(work: () => Promise<Copied>): Promise<CopyResult> {
    const { gate, signal } = this.#context;
    const { attempts, ...result } = await persist(gate, signal, work);
    return 'error' in result ? { error: itemError(result.error), attempts } : { ...result.value, attempts };
  }
}

/** Portkey does not say of a 5xx whether it did the work before it failed. */
function mayHaveBeenDone(error: unknown): boolean {
  return error instanceof UpstreamError && (error.outcomeUnknown || error.kind === 'UNAVAILABLE');
}

/** What the record says of a failure. */
export function itemError(error: UpstreamError): ReplicationError {
  const code = userErrorCode(error) ?? TOP_LEVEL_CODES[error.kind];
  const words = error.faults.map(({ message }) => message).join('; ') || error.message;
  if (code !== 'OUTCOME_UNKNOWN') return { code, message: words };
  return { code, message: `${words}; it may have been done: run the same replication again to find out` };
}
