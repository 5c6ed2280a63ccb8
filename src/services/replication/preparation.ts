import type { Replication, ReplicationItem } from '../../domain/replication.js';
import type { UserError } from '../../domain/user-error.js';
import type { PortkeyPromptSource } from '../../sources/portkey-prompts.js';
import { checkCollections, readCollectionNames } from './collections.js';
import { newItems, newReplication } from './new-job.js';
import { nameReplicas } from './plan.js';
import type { ReplicationRequest } from './request.js';
import { TOO_MANY } from './request-errors.js';
import { type Library, select } from './selection.js';

/** A job that can be recorded and begun, with the library that was read for it. */
export interface PreparedJob {
  readonly replication: Replication;
  readonly items: readonly ReplicationItem[];
  readonly library: Library;
}

/**
 * Reads the library and makes a job of what a caller asks for.
 * @returns No job where the caller has something to mend.
 * @throws UpstreamError when the library cannot be read.
 */
export async function prepare(
  request: ReplicationRequest,
  {
    principal,
    credential,
    prompts,
  }: Pick<Replication, 'principal' | 'credential'> & { readonly prompts: PortkeyPromptSource },
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
