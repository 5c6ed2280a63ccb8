import { randomUUID } from 'node:crypto';
import { timestamp } from '../../../domain/clock.js';
import type { Replication, ReplicationItem } from '../../../domain/replication.js';
import type { UserError } from '../../../domain/user-error.js';
import { toSnapshot } from '../copying/copy.js';
import { type ReplicationCaller, type ReplicationRequest, TOO_MANY, withDefaults } from '../request.js';
import { checkCollections, readCollectionNames } from './collections.js';
import { type NamedSource, nameReplicas } from './plan.js';
import { type Library, select } from './selection.js';

/** A job that can be started. */
export interface PreparedJob {
  readonly replication: Replication;
  readonly items: readonly ReplicationItem[];
  /** Library that the items were selected from; null to read it. */
  readonly library: Library | null;
}

/**
 * Reads the library and builds a job from a request.
 * @returns The job, or user errors.
 * @throws UpstreamError if the library cannot be read.
 */
export async function prepare(
  request: ReplicationRequest,
  { principal, credential, prompts }: ReplicationCaller,
  {
    sandbox,
    isFull,
    now,
  }: {
    readonly sandbox: string | null;
    readonly isFull: () => Promise<boolean>;
    readonly now: () => number;
  },
): Promise<{ job: PreparedJob | null; userErrors: readonly UserError[] }> {
  const selection = await select(prompts, request.selection, now);
  const { collectionId, userErrors } = await checkCollections(prompts, request, selection);
  const replication = newReplication(request, { collectionId, principal, credential, sandbox });
  const names = await readCollectionNames(prompts, selection.selected, replication.options.nameTemplate);
  const errors = [
    ...selection.userErrors,
    ...userErrors,
    ...names.userErrors,
    ...((await isFull()) ? [TOO_MANY] : []),
  ];
  if (errors.length > 0) return { job: null, userErrors: errors };
  const named = nameReplicas(selection.selected, replication, names.byId);
  return { job: { replication, items: newItems(named), library: selection.library }, userErrors: [] };
}

/** Builds the record of a new job. `collectionId` is Portkey's id of the collection of the replicas. */
function newReplication(
  request: ReplicationRequest,
  {
    collectionId,
    ...given
  }: Pick<Replication, 'principal' | 'credential' | 'sandbox'> & { collectionId: string | null },
): Replication {
  const { dryRun, selection } = request;
  const targetModel = request.targetModel.trim();
  const options = { ...withDefaults(request.options), collectionId };
  const createdAt = timestamp();
  const open = {
    status: 'PLANNING',
    error: null,
    waitsFor: null,
    createdAt,
    startedAt: null,
    finishedAt: null,
  } as const;
  return { id: randomUUID(), ...given, targetModel, dryRun, selection, options, ...open };
}

/** Builds an unplanned item for each source. */
function newItems(named: readonly NamedSource[]): ReplicationItem[] {
  const open = { action: 'CREATE', status: 'PENDING', replica: null, error: null, attempts: 0 } as const;
  return named.map(({ source, replicaName }, position) => ({
    position,
    source: toSnapshot(source),
    replicaName,
    ...open,
  }));
}
