import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import { timestamp } from '../../../domain/clock.js';
import type { PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import type { Replication, ReplicationItem, ReplicationOptions } from '../../../domain/replication.js';
import { UpstreamError, unwrap } from '../../../domain/upstream-error.js';
import type { UserError } from '../../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../../sources/portkey-prompts.js';
import { toSnapshot } from '../copying/replica-content.js';
import { type ReplicationCaller, type ReplicationRequest, TOO_MANY, withDefaults } from '../request.js';
import { type NamedSource, nameReplicas, namesCollection } from './plan.js';
import { type Library, type Selected, select } from './selection.js';

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

/** Result of the check. `collectionId` is Portkey's id of the collection of the replicas. */
interface CheckedCollections {
  readonly collectionId: ReplicationOptions['collectionId'];
  readonly userErrors: readonly UserError[];
}

/**
 * Checks that the collections in a request exist. A collection with prompts does. If the key may not read collections,
 * Portkey checks them later.
 * @throws UpstreamError if they cannot be read.
 */
async function checkCollections(
  prompts: PortkeyPromptSource,
  { selection, options }: Pick<ReplicationRequest, 'selection' | 'options'>,
  { library, selected, userErrors: known }: Selected,
): Promise<CheckedCollections> {
  const userErrors: UserError[] = [];
  const missing = (field: string[]) =>
    userErrors.push({ code: 'NOT_FOUND', message: 'There is no collection with this id or slug.', field });
  const lookUp = async (id: string) => {
    const isUsed = library.prompts.some(({ collectionId }) => collectionId === id);
    return isUsed ? id : await findCollection(prompts, id);
  };
  const isOpen = selected.length === 0 && !known.some(({ field }) => field?.[1] === 'collectionId');
  const sourceCollectionId = isOpen ? selection.collectionId : null;
  const [source, target] = await Promise.all([
    sourceCollectionId ? lookUp(sourceCollectionId) : 'UNKNOWN',
    options.collectionId ? lookUp(options.collectionId) : 'UNKNOWN',
  ]);
  if (source === null) missing(['selection', 'collectionId']);
  if (target === null) missing(['options', 'collectionId']);
  const collectionId = target === null || target === 'UNKNOWN' ? (options.collectionId ?? null) : target;
  return { collectionId, userErrors };
}

/** Returns the id of a collection by its id or slug, or null. */
async function findCollection(prompts: PortkeyPromptSource, id: string): Promise<string | null | 'UNKNOWN'> {
  try {
    return (await prompts.findCollection(id))?.id ?? null;
  } catch (error) {
    if (error instanceof UpstreamError && error.kind === 'FORBIDDEN') return 'UNKNOWN';
    throw error;
  }
}

/** Maximum number of collections that are read concurrently for their names. */
const NAMES_AT_ONCE = 4;

/**
 * Reads the names of the sources' collections if the name template needs them. A collection that cannot be read is named by
 * its id: Portkey may send 403 for a deleted one.
 * @throws UpstreamError if they cannot be read for a reason other than the key's permissions.
 */
async function readCollectionNames(
  prompts: PortkeyPromptSource,
  selected: readonly PortkeyPromptSummary[],
  nameTemplate: string,
): Promise<{ byId: ReadonlyMap<string, string>; userErrors: readonly UserError[] }> {
  const byId = new Map<string, string>();
  if (!namesCollection(nameTemplate)) return { byId, userErrors: [] };
  const ids = new Set(
    selected.map(({ collectionId }) => collectionId).filter((id) => typeof id === 'string'),
  );
  let forbidden = 0;
  const readName = async (id: string) => {
    const collection = await prompts.findCollection(id).catch((error: unknown) => {
      if (!(error instanceof UpstreamError && error.kind === 'FORBIDDEN')) throw error;
      forbidden += 1;
      return null;
    });
    byId.set(id, (collection && unwrap(collection.name)) ?? id);
  };
  await pMap(ids, readName, { concurrency: NAMES_AT_ONCE });
  if (forbidden < ids.size || ids.size === 0) return { byId, userErrors: [] };
  const message =
    'The placeholder {collection} requires a key that may read collections. Use {slug} instead.';
  return { byId, userErrors: [{ code: 'INVALID', message, field: ['options', 'nameTemplate'] }] };
}
