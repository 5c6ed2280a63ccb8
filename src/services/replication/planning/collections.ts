import pMap from 'p-map';
import type { PortkeyPromptSummary } from '../../../domain/portkey-prompt.js';
import type { ReplicationOptions } from '../../../domain/replication.js';
import { UpstreamError, unwrap } from '../../../domain/upstream-error.js';
import type { UserError } from '../../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../../sources/portkey-prompts.js';
import type { ReplicationRequest } from '../request.js';
import { namesCollection } from './plan.js';
import type { Selected } from './selection.js';

/** Result of the check. `collectionId` is Portkey's id of the collection of the replicas. */
export interface CheckedCollections {
  readonly collectionId: ReplicationOptions['collectionId'];
  readonly userErrors: readonly UserError[];
}

/**
 * Checks that the collections in a request exist. A collection with prompts does. If the key may not read collections,
 * Portkey checks them later.
 * @throws UpstreamError if they cannot be read.
 */
export async function checkCollections(
  prompts: PortkeyPromptSource,
  { selection, options }: Pick<ReplicationRequest, 'selection' | 'options'>,
  { library, selected, userErrors: known }: Selected,
): Promise<CheckedCollections> {
  const userErrors: UserError[] = [];
  const missing = (field: string[]) =>
    userErrors.push({ code: 'NOT_FOUND', message: 'There is no collection with this id or slug.', field });
  const look = async (id: string) => {
    const isUsed = library.prompts.some(({ collectionId }) => collectionId === id);
    return isUsed ? id : await findCollection(prompts, id);
  };
  const isOpen = selected.length === 0 && !known.some(({ field }) => field?.[1] === 'collectionId');
  const narrowedTo = isOpen ? selection.collectionId : null;
  const [source, target] = await Promise.all([
    narrowedTo ? look(narrowedTo) : 'UNKNOWN',
    options.collectionId ? look(options.collectionId) : 'UNKNOWN',
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
export async function readCollectionNames(
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
  const message = 'This key may not read collections, which {collection} needs. Use {slug} in its place.';
  return { byId, userErrors: [{ code: 'INVALID', message, field: ['options', 'nameTemplate'] }] };
}
