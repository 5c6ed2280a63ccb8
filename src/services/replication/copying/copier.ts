import type {
  PortkeyPrompt,
  PortkeyPromptInput,
  PortkeyPromptSummary,
} from '../../../domain/portkey-prompt.js';
import type { RecordedReplica, ReplicationError, WrittenVersion } from '../../../domain/replication.js';
import {
  catchUpstreamError,
  type FieldResult,
  isOutcomeUnknown,
  UpstreamError,
  unwrap,
} from '../../../domain/upstream-error.js';
import { JobStoppedError } from '../jobs/cancellation.js';
import type { JobContext } from '../jobs/job-context.js';
import { itemError, unknownOutcome } from '../jobs/job-errors.js';
import { type IsFinal, isRefusalOfOne } from '../jobs/retry.js';
import { copyOf, toSnapshot } from './replica-content.js';
import { type FoundReplica, findReplicas } from './replica-search.js';
import { lostInUpdate, notKeptInCreate, verificationFailed, verifyWritten } from './verify.js';
import { makeVersion, type VersionRecorder } from './version.js';
import type { UpdateProgress } from './version-head.js';

/** One replica to be made. */
export interface CopyTask {
  readonly source: PortkeyPrompt;
  readonly name: string;
  /** True if it may have been sent before; it is searched for first then. */
  readonly maybeSent: boolean;
  /** Version of the replica that this gateway has just written, or null. */
  readonly recent: WrittenVersion | null;
  /** Ids of versions of the replica that jobs could not publish. */
  readonly unpublished: ReadonlySet<string>;
  /** Awaited before a write is sent: from then on the replica may exist. */
  readonly onSend: (attempt: number) => Promise<void>;
  /** Awaited once Portkey has confirmed a version, before it is published. It is not sent again then. */
  readonly onSent: (written: WrittenVersion) => Promise<void>;
}

/**
 * Result of a copy task. `existed`: the replica was made by another job in the meantime. `repeated`: it was sent again after an
 * unknown outcome. `STOPPED`: the job stops; `maybeSent` is true if the replica may have been made.
 */
export type CopyResult =
  | {
      readonly type: 'DONE';
      readonly replica: RecordedReplica;
      readonly existed: boolean;
      readonly repeated: boolean;
      readonly attempts: number;
    }
  | {
      readonly type: 'FAILED';
      readonly replica: RecordedReplica | null;
      readonly error: ReplicationError;
      readonly attempts: number;
    }
  | { readonly type: 'STOPPED'; readonly maybeSent: boolean };

/**
 * State of earlier create requests. None was sent, one may still be carried out, or the job has waited so long that one is
 * unlikely to arrive.
 */
type CreateState = 'NONE' | 'OPEN' | 'WAITED';

interface WrittenCopy {
  readonly replica: PortkeyPromptSummary;
  /** Id of the new version; null for the published version of a new prompt. */
  readonly versionId: string | null;
  /** Record of the version; null if another job made it. */
  readonly written: WrittenVersion | null;
  readonly existed: boolean;
  /** Name of a field that Portkey did not keep, or null. */
  readonly lost: string | null;
}

/** Creates and updates replicas, never twice. After an unknown outcome it searches before it sends again. */
export class Copier {
  readonly #context: JobContext;
  /** Context for searches and versions, which a stopping job has to finish. */
  readonly #finishing: JobContext;

  constructor(context: JobContext) {
    this.#context = context;
    this.#finishing = { ...context, client: context.client.finishing() };
  }

  /** Creates a replica. @throws StoreError if the attempt cannot be recorded; nothing is sent then. */
  async create({ source, name, maybeSent, onSend }: CopyTask): Promise<CopyResult> {
    const { client, replication } = this.#context;
    const input = copyOf(source, name, replication);
    let state: CreateState = maybeSent ? 'OPEN' : 'NONE';
    let repeated = false;
    const work = async (attempt: number): Promise<WrittenCopy> => {
      if (state !== 'NONE') {
        const replica = await (state === 'OPEN'
          ? this.#waitForCreate(name, source.id)
          : this.#findFirst(name, source.id));
        if (replica) return this.#found(replica, source);
        state = 'WAITED';
      }
      repeated = state === 'WAITED';
      try {
        const { id, slug, versionId } = await client.createPrompt(input, () => onSend(attempt));
        state = 'OPEN';
        const { collectionId, model } = input;
        const written = writtenFrom(source, versionId, { toPublish: true, isPublished: true });
        return { ...NEW, replica: { id, slug, name, model, collectionId }, written };
      } catch (error) {
        if (isOutcomeUnknown(error)) state = 'OPEN';
        // The conflict can be with this job's earlier request, if that was carried out after all.
        const isTaken = error instanceof UpstreamError && error.kind === 'CONFLICT';
        const replica = isTaken ? await this.#waitForCreate(name, source.id) : null;
        if (replica) return this.#found(replica, source);
        throw error;
      }
    };
    const result = await this.#runAttempts(input, work, async () => {
      // A replica that has to be verified is left to the resumed job.
      if (state === 'NONE' || replication.options.verify) return null;
      const replica = await this.#waitForCreate(name, source.id);
      return replica ? this.#found(replica, source) : null;
    });
    if (result.type === 'STOPPED') return { type: 'STOPPED', maybeSent: state !== 'NONE' };
    if (result.type === 'FAILED' && state === 'OPEN' && !result.replica) {
      return { ...result, error: unknownOutcome(result.error) };
    }
    return result.type === 'DONE' ? { ...result, repeated } : result;
  }

  /** Adds a version with its source's content to a replica. @throws StoreError like {@link create}. */
  async update(copyTask: CopyTask, replica: RecordedReplica): Promise<CopyResult> {
    const { source, name, maybeSent, recent, unpublished } = copyTask;
    const input = copyOf(source, name, this.#context.replication);
    let mayBeThere = maybeSent;
    const progress: UpdateProgress = {
      recent,
      unpublished,
      publishes: null,
      mayBeSent: maybeSent,
      versionId: null,
    };
    const work = async (attempt: number): Promise<WrittenCopy> => {
      const recorder: VersionRecorder = {
        onSend: async () => {
          await copyTask.onSend(attempt);
          mayBeThere = true;
        },
        onSent: (versionId, toPublish) =>
          copyTask.onSent(writtenFrom(source, versionId, { toPublish, isPublished: false })),
      };
      const task = { context: this.#finishing, promptId: replica.id, input };
      const newVersion = await makeVersion(task, progress, recorder);
      const { versionId, toPublish, isPublished } = newVersion;
      const written = newVersion.existed ? null : writtenFrom(source, versionId, { toPublish, isPublished });
      return { replica: { ...replica, model: input.model }, ...newVersion, written };
    };
    const result = await this.#runAttempts(input, work, async () => null, isRefusalOfOne);
    return result.type === 'STOPPED' ? { type: 'STOPPED', maybeSent: mayBeThere } : result;
  }

  /**
   * Finds the replicas of a source by name and marker. Failed reads are retried separately and do not count as attempts of
   * the create request.
   */
  async find(name: string, sourceId: string, searchOnly = false): Promise<FoundReplica[]> {
    const { client, replication } = this.#finishing;
    return findReplicas(client, replication, { name, sourceId, searchOnly });
  }

  async #findFirst(name: string, sourceId: string, searchOnly = false): Promise<FoundReplica | null> {
    const [replica] = await this.find(name, sourceId, searchOnly);
    return replica ?? null;
  }

  #found({ prompt, replicationId }: FoundReplica, source: PortkeyPrompt): WrittenCopy {
    const existed = replicationId !== this.#context.replication.id;
    const written = existed ? null : writtenFrom(source, null, { toPublish: true, isPublished: true });
    return { ...NEW, replica: prompt, existed, written };
  }

  /** @param recover Searches for a replica that may have been made, if the job stops. */
  async #runAttempts(
    input: PortkeyPromptInput,
    work: (attempt: number) => Promise<WrittenCopy>,
    recover: () => Promise<WrittenCopy | null>,
    isFinal?: IsFinal,
  ): Promise<CopyResult> {
    const { client, token } = this.#context;
    let attempts = 0;
    const attemptOnce = (attempt: number) => {
      attempts = attempt;
      return work(attempt);
    };
    try {
      return await this.#finish(input, await client.withRetry(attemptOnce, isFinal), attempts);
    } catch (error) {
      if (error instanceof UpstreamError)
        return { type: 'FAILED', replica: null, error: itemError(error), attempts };
      if (!(error instanceof JobStoppedError)) throw error;
      // While the upstream asks to wait, the search is left to a resumed job.
      const canSearch = token.reason === 'CANCELLED' && client.isOpen;
      const copy = canSearch ? await recover().catch(() => null) : null;
      if (!copy) return { type: 'STOPPED', maybeSent: true };
      return { type: 'DONE', replica: recordedOf(copy), existed: copy.existed, repeated: false, attempts };
    }
  }

  async #finish(input: PortkeyPromptInput, copy: WrittenCopy, attempts: number): Promise<CopyResult> {
    const { replication } = this.#context;
    const replica = recordedOf(copy);
    const fail = (error: ReplicationError) => ({ type: 'FAILED', replica, error, attempts }) as const;
    const refuse = (error: ReplicationError) => ({ ...fail(error), replica: withoutSource(replica) });
    if (copy.lost !== null) return refuse(verificationFailed(notKeptInUpdate(copy.lost)));
    const done = { type: 'DONE', replica, existed: copy.existed, repeated: false, attempts } as const;
    // Sources disagree on whether create requests accept is_raw_template. Without it the replica is broken.
    const mustRead = replication.options.verify || (input.isRawTemplate && copy.versionId === null);
    if (!mustRead) return done;
    const read = await this.#readBack(replica.id, copy.versionId);
    if (read instanceof UpstreamError) return fail(itemError(read));
    if (read === null) return fail(verificationFailed(NOT_SHOWN));
    const lost = copy.existed ? null : lostInUpdate(input, read);
    if (lost !== null) return refuse(notKeptInCreate(lost));
    const error = replication.options.verify ? verifyWritten(input, read) : null;
    return error ? refuse(error) : done;
  }

  /** Waits for a version for as long as reads may lag. @param versionId Null for the published version. */
  #readBack(id: string, versionId: string | null): Promise<FieldResult<PortkeyPrompt | null>> {
    const { client, lostResponseTimeoutMs } = this.#context;
    const read = () => (versionId === null ? client.getPrompt(id) : client.getVersion(id, versionId));
    return catchUpstreamError(client.waitFor(read, lostResponseTimeoutMs));
  }

  /**
   * Searches for the replica after a lost response, until it appears or the request has had time to be carried out.
   * That can take much longer than the connection, and the list can lag.
   */
  async #waitForCreate(name: string, sourceId: string): Promise<FoundReplica | null> {
    const { client, lostResponseTimeoutMs } = this.#finishing;
    const search = () => this.#findFirst(name, sourceId, true);
    return (await client.waitFor(search, lostResponseTimeoutMs)) ?? this.#findFirst(name, sourceId);
  }
}

const NEW = { versionId: null, existed: false, lost: null } as const;

function writtenFrom(
  source: PortkeyPrompt,
  id: string | null,
  state: Pick<WrittenVersion, 'toPublish' | 'isPublished'>,
): WrittenVersion {
  const sourceVersion = typeof source.version === 'number' ? source.version : null;
  return { id, ...state, sourceVersionId: unwrap(source.versionId), sourceVersion };
}

/** Clears the source version of a replica with wrong content, so that it can be written again. */
function withoutSource({ written, ...replica }: RecordedReplica): RecordedReplica {
  return written ? { ...replica, written: { ...written, sourceVersionId: null } } : replica;
}

function recordedOf({ replica, written }: WrittenCopy): RecordedReplica {
  return { ...toSnapshot(replica), ...(written && { written }) };
}

const NOT_SHOWN =
  'Portkey does not show the replica. Check whether it was deleted, then resume the replication.';

function notKeptInUpdate(field: string): string {
  return `Portkey accepted the version but did not keep its ${field}, so it was not published. Check the version and publish it, or start a new replication later.`;
}
