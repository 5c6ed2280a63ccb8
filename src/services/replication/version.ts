import { isDeepStrictEqual } from 'node:util';
import type { PortkeyPrompt, PortkeyPromptInput } from '../../domain/portkey-prompt.js';
import { told, UpstreamError } from '../../domain/upstream-error.js';
import { badResponse } from '../../upstream/failures.js';
import type { PortkeyApi } from '../../upstream/portkey/client.js';
import { markerOf } from './marker.js';
import { REFUSALS } from './persist.js';

/** `draftId`: the version that was made, where it is not the published one. */
interface MadeVersion {
  readonly draftId: string | null;
  /** It was there already, made by another job. */
  readonly existed: boolean;
}

/** What is known of an update from its first attempt on. */
export interface UpdateProgress {
  /** Whether the version before it was the published one: then the new one is to be published as well. */
  publishes: boolean | null;
}

/**
 * Sees to it that a prompt's newest version holds what it should, and is published if the version before it was. May be
 * called again after any failure: what was done before is recognized by its marker.
 * @param onSend Awaited before a version is sent.
 */
export async function makeVersion(
  portkey: PortkeyApi,
  promptId: string,
  input: PortkeyPromptInput,
  progress: UpdateProgress,
  onSend: () => Promise<void>,
): Promise<MadeVersion> {
  const published = await portkey.getPrompt(promptId);
  if (!published) throw new UpstreamError('portkey', 'NOT_FOUND', 'the replica was deleted in the meantime');
  const publishedId = told(published.versionId);
  const versions = await portkey.listVersions(promptId);
  const [newest, before] = versions.sort((one, other) => other.number - one.number);
  const isPublished = !newest || publishedId === null || newest.versionId === publishedId;
  const head = isPublished ? published : await readVersion(portkey, promptId, newest.versionId);
  const made = head && madeFrom(head, input);
  if (made) {
    const existed = made === 'BY_ANOTHER';
    if (isPublished) return { draftId: null, existed };
    // It was left unpublished on purpose, unless this job was cut off before it came to it.
    if (existed || before?.versionId !== publishedId) return { draftId: newest.versionId, existed };
    await portkey.publishVersion(promptId, newest.number);
    return { draftId: null, existed };
  }
  progress.publishes ??= isPublished;
  await onSend();
  const { versionId } = await portkey.updatePrompt(promptId, input);
  if (!progress.publishes) return { draftId: versionId, existed: false };
  const after = await portkey.listVersions(promptId);
  const version = after.find((candidate) => candidate.versionId === versionId);
  if (!version) throw badResponse('portkey', 'its list of versions lacks the one that it has just made');
  await portkey.publishVersion(promptId, version.number);
  return { draftId: null, existed: false };
}

/** Null where Portkey refuses to show it: one version too many does no harm. */
async function readVersion(
  portkey: PortkeyApi,
  promptId: string,
  versionId: string,
): Promise<PortkeyPrompt | null> {
  try {
    return await portkey.getVersion(promptId, versionId);
  } catch (error) {
    if (error instanceof UpstreamError && REFUSALS.has(error.kind)) return null;
    throw error;
  }
}

/** Whether a version was made from the same version of the source, and by whom. */
function madeFrom(version: PortkeyPrompt, input: PortkeyPromptInput): 'BY_THIS_JOB' | 'BY_ANOTHER' | null {
  const own = markerOf(input);
  const found = markerOf(version);
  if (
    !own ||
    !found ||
    !isDeepStrictEqual({ ...own, replicationId: null }, { ...found, replicationId: null })
  )
    return null;
  return found.replicationId === own.replicationId ? 'BY_THIS_JOB' : 'BY_ANOTHER';
}
