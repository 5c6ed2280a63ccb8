import type { PortkeyPrompt } from '../../../domain/portkey-prompt.js';
import type { WrittenVersion } from '../../../domain/replication.js';
import { UpstreamError, unwrap } from '../../../domain/upstream-error.js';
import { isForbidden } from '../jobs/job-client.js';
import type { JobContext } from '../jobs/job-context.js';
import { isRefusalOfOne } from '../jobs/retry.js';

/** State of an update across its attempts. */
export interface UpdateProgress {
  /** Version that this gateway has just written, which reads may not show yet. */
  readonly recent: WrittenVersion | null;
  /** Ids of versions that jobs could not publish. They never count as drafts of the owner. */
  readonly unpublished: ReadonlySet<string>;
  /** True if the new version is to be published, like the version before it; null until that is known. */
  publishes: boolean | null;
  /** True if an update was sent and its response is unknown. Its version is searched for before it is sent again. */
  mayBeSent: boolean;
  /** Id of the version that Portkey has confirmed. The update is never sent again then. */
  versionId: string | null;
}

/** Newest version of a prompt, with its number and state. */
export interface Head {
  readonly version: PortkeyPrompt | null;
  readonly number: number | null;
  readonly id: string | null;
  readonly isPublished: boolean;
  /** True if the next version is to be published: jobs left all versions that are newer than the published one. */
  readonly publishes: boolean;
  /** True if it follows the published version, not counting versions that jobs could not publish. */
  readonly followsPublished: boolean;
}

/** Reads the state of a prompt before an update. */
export async function readHead(
  context: JobContext,
  promptId: string,
  { recent, unpublished }: UpdateProgress,
): Promise<Head> {
  const { client } = context;
  const published = await client.getPrompt(promptId);
  if (!published) throw new UpstreamError('portkey', 'NOT_FOUND', 'The replica was deleted in the meantime.');
  const publishedId = unwrap(published.versionId);
  // The list can lag behind the prompt, or not contain it at all.
  const listed = await client.listVersions(promptId).catch((error: unknown) => {
    if (isForbidden(error)) return null;
    throw error;
  });
  const versions = listed ?? [];
  const sorted = newestFirst(versions);
  const [newest] = sorted;
  const isRecentLast =
    newest?.versionId === recent?.id || !versions.some(({ versionId }) => versionId === recent?.id);
  if (recent?.id && recent.id !== publishedId && isRecentLast) {
    const { id, toPublish: isPublished } = recent;
    const version = await notRefused(awaitVersion(context, promptId, id));
    // This gateway could not publish the version, so the owner did not leave it as a draft.
    if (version) {
      const number = unwrap(version.version);
      return { version, number, id, isPublished, publishes: isPublished, followsPublished: false };
    }
  }
  // A published version that is missing from the list is newer than all listed ones.
  const publishedIndex = sorted.findIndex(({ versionId }) => versionId === publishedId);
  const isListed = publishedIndex >= 0;
  const newer = sorted.slice(0, Math.max(0, publishedIndex));
  const isUnpublished = ({ versionId }: { versionId: string }) => unpublished.has(versionId);
  const isPublished = !newest || publishedId === null || newest.versionId === publishedId || !isListed;
  return {
    version: isPublished ? published : await notRefused(client.getVersion(promptId, newest.versionId)),
    number: newest?.number ?? null,
    id: newest?.versionId ?? publishedId,
    isPublished,
    publishes: isPublished || newer.every(isUnpublished),
    followsPublished: newer.length > 0 && newer.slice(1).every(isUnpublished),
  };
}

/** Waits for a version for as long as reads may lag. Returns null if it does not appear. */
export function awaitVersion(
  { client, lostResponseTimeoutMs }: JobContext,
  promptId: string,
  versionId: string,
): Promise<PortkeyPrompt | null> {
  return client.waitFor(() => client.getVersion(promptId, versionId), lostResponseTimeoutMs);
}

function newestFirst<T extends { readonly number: number }>(versions: readonly T[]): T[] {
  return versions.toSorted((one, other) => other.number - one.number);
}

/** Returns null if Portkey refuses to show a version. A redundant version does no harm. */
export async function notRefused(read: Promise<PortkeyPrompt | null>): Promise<PortkeyPrompt | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof UpstreamError && isRefusalOfOne(error)) return null;
    throw error;
  }
}
