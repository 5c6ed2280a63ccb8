import type { PortkeyPrompt } from '../../../domain/portkey-prompt.js';
import type { WrittenVersion } from '../../../domain/replication.js';
import { told, UpstreamError } from '../../../domain/upstream-error.js';
import { isForbidden } from '../jobs/job-client.js';
import type { JobContext } from '../jobs/job-context.js';
import { isRefusalOfOne } from '../jobs/retry.js';

/** State of an update from its first attempt on. */
export interface UpdateProgress {
  /** The version that this gateway has written a moment before, which reads may not show yet. */
  readonly recent: WrittenVersion | null;
  /** Versions that jobs could not publish. They never count as drafts of the owner. */
  readonly unpublished: ReadonlySet<string>;
  /** The new version is to be published, like the version before it; null until then. */
  publishes: boolean | null;
  /** An update was sent whose response is not known: its version is looked for before it is sent again. */
  mayBeSent: boolean;
  /** The version that Portkey has confirmed. The update is never sent again. */
  versionId: string | null;
}

/** The newest version of a prompt, and the number and state of it. */
export interface Head {
  readonly version: PortkeyPrompt | null;
  readonly number: number | null;
  readonly id: string | null;
  readonly isPublished: boolean;
  /** The next version is to be published: all newer than the published one are left by jobs. */
  readonly publishes: boolean;
  /** The version before it is the published one, apart from versions that jobs could not publish. */
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
  const publishedId = told(published.versionId);
  // The list can lag behind the prompt, and lack it.
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
      const number = told(version.version);
      return { version, number, id, isPublished, publishes: isPublished, followsPublished: false };
    }
  }
  // A published version that the list lacks is newer than all that it has.
  const place = sorted.findIndex(({ versionId }) => versionId === publishedId);
  const isListed = place >= 0;
  const later = sorted.slice(0, Math.max(0, place));
  const isLeft = ({ versionId }: { versionId: string }) => unpublished.has(versionId);
  const isPublished = !newest || publishedId === null || newest.versionId === publishedId || !isListed;
  return {
    version: isPublished ? published : await notRefused(client.getVersion(promptId, newest.versionId)),
    number: newest?.number ?? null,
    id: newest?.versionId ?? publishedId,
    isPublished,
    publishes: isPublished || later.every(isLeft),
    followsPublished: later.length > 0 && later.slice(1).every(isLeft),
  };
}

/** Waits for a version for as long as reads may lag. Returns null if it does not appear. */
export function awaitVersion(
  { client, settleMs }: JobContext,
  promptId: string,
  versionId: string,
): Promise<PortkeyPrompt | null> {
  return client.waitFor(() => client.getVersion(promptId, versionId), settleMs);
}

function newestFirst<T extends { readonly number: number }>(versions: readonly T[]): T[] {
  return versions.toSorted((one, other) => other.number - one.number);
}

/** Null where Portkey refuses to show a version: one version too many does no harm. */
export async function notRefused(read: Promise<PortkeyPrompt | null>): Promise<PortkeyPrompt | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof UpstreamError && isRefusalOfOne(error)) return null;
    throw error;
  }
}
