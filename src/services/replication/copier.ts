import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import type { Replication, ReplicationError } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import { badResponse } from '../../upstream/failures.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { copyOf } from './copy.js';
import { markerOf } from './marker.js';
import { persist } from './persist.js';
import type { RateGate } from './rate-gate.js';

/** How an item ended. `existed`: the replica was there already, made by somebody else in the meantime. */
export type CopyResult =
  | { readonly replica: PortkeyPromptSummary; readonly existed: boolean; readonly attempts: number }
  | { readonly error: ReplicationError; readonly attempts: number };

/** Creates and updates replicas, and never the same one twice: after an unknown outcome it looks before it repeats. */
export class Copier {
  readonly #portkey: PortkeyApi;
  readonly #gate: RateGate;
  readonly #replication: Replication;
  readonly #signal: AbortSignal;

  constructor(portkey: PortkeyApi, gate: RateGate, replication: Replication, signal: AbortSignal) {
    this.#portkey = portkey;
    this.#gate = gate;
    this.#replication = replication;
    this.#signal = signal;
  }

  /** @throws UpstreamError when the whole job cannot go on. */
  async create(source: PortkeyPrompt, name: string): Promise<CopyResult> {
    const { targetModel, options } = this.#replication;
    const input = copyOf(source, name, targetModel, options);
    let maybeCreated = false;
    return this.#persist(async () => {
      // A conflict can be our own create whose answer was lost, so that is looked for first.
      if (maybeCreated) {
        const replica = await this.#find(name, source.id);
        if (replica) return { replica, existed: false };
      }
      try {
        const { id, slug } = await this.#portkey.createPrompt(input);
        return {
          replica: { id, slug, name, model: targetModel, collectionId: input.collectionId },
          existed: false,
        };
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        // Portkey does not say of a 5xx whether it did the work before it failed.
        if (error.outcomeUnknown || error.kind === 'UNAVAILABLE') maybeCreated = true;
        const replica = error.kind === 'CONFLICT' ? await this.#find(name, source.id) : null;
        if (replica) return { replica, existed: !maybeCreated };
        throw error;
      }
    });
  }

  /** Gives a replica a new version with its source's content, and publishes it. */
  async update(source: PortkeyPrompt, replica: PortkeyPromptSummary, name: string): Promise<CopyResult> {
    const { targetModel, options } = this.#replication;
    const input = copyOf(source, name, targetModel, options);
    let versionId: string | null = null;
    return this.#persist(async () => {
      // Once the version is made, only what comes after it is tried again.
      versionId ??= (await this.#portkey.updatePrompt(replica.id, input)).versionId;
      const versions = await this.#portkey.listVersions(replica.id);
      const version = versions.find((candidate) => candidate.versionId === versionId);
      if (!version) {
        const reason = 'its list of versions lacks the one that it has just made';
        throw badResponse('portkey', reason, { outcomeUnknown: true });
      }
      await this.#portkey.publishVersion(replica.id, version.number);
      return { replica: { ...replica, model: targetModel }, existed: false };
    });
  }

  async #persist(
    work: () => Promise<{ replica: PortkeyPromptSummary; existed: boolean }>,
  ): Promise<CopyResult> {
    const { attempts, ...result } = await persist(this.#gate, this.#signal, work);
    return 'error' in result ? { error: itemError(result.error), attempts } : { ...result.value, attempts };
  }

  /**
   * The replica of a source by name and marker. Portkey's search is asked first; as it is not documented how it matches,
   * only the whole list proves that there is none.
   */
  async #find(name: string, sourceId: string): Promise<PortkeyPromptSummary | null> {
    const { workspaceId } = this.#replication.selection;
    // The replica's collection can be in another workspace than its source.
    const scopes = workspaceId ? [{ workspaceId }, {}] : [{}];
    const prompts = new PortkeyPromptSource(this.#portkey);
    for (const filter of [...scopes.map((scope) => ({ ...scope, search: name })), ...scopes]) {
      for (const candidate of await prompts.listAll(filter)) {
        if (candidate.name !== name) continue;
        const marker = markerOf((await prompts.load(candidate.id)) ?? { metadata: null });
        if (marker?.promptId === sourceId && marker.targetModel === this.#replication.targetModel)
          return candidate;
      }
    }
    return null;
  }
}

/** What the record says of a failure. */
export function itemError(error: UpstreamError): ReplicationError {
  const codes: Partial<Record<UpstreamError['kind'], string>> = {
    REJECTED: 'UPSTREAM_REJECTED',
    CONFLICT: 'CONFLICT',
    NOT_FOUND: 'NOT_FOUND',
    UNAUTHENTICATED: 'UPSTREAM_UNAUTHENTICATED',
    KEY_MISSING: 'UNAUTHENTICATED',
    FORBIDDEN: 'FORBIDDEN',
    RATE_LIMITED: 'UPSTREAM_RATE_LIMITED',
    TIMEOUT: 'UPSTREAM_TIMEOUT',
    BAD_RESPONSE: 'UPSTREAM_BAD_RESPONSE',
  };
  const code = codes[error.kind] ?? 'UPSTREAM_UNAVAILABLE';
  const words = error.faults.map(({ message }) => message).join('; ');
  if (!error.outcomeUnknown) return { code, message: words || error.message };
  const hint = 'it may have been done: run the same replication again, which looks before it creates';
  return { code: 'OUTCOME_UNKNOWN', message: `${error.message}; ${hint}` };
}
