import { isDeepStrictEqual } from 'node:util';
import type { PortkeyPrompt, PortkeyPromptInput } from '../../../domain/portkey-prompt.js';
import type { WrittenVersion } from '../../../domain/replication.js';
import { isOutcomeUnknown, UpstreamError, unwrap } from '../../../domain/upstream-error.js';
import type { JobContext } from '../jobs/job-context.js';
import type { IsFinal } from '../jobs/retry.js';
import { provenanceOf } from './replica-content.js';
import { lostBesidesMarker, lostInUpdate } from './verify.js';
import { awaitVersion, type Head, notRefused, readHead, type UpdateProgress } from './version-head.js';

/** Disables retries of single reads, because the copier retries the whole update. */
const isAlwaysFinal: IsFinal = () => true;

/** A version to be made: the prompt that it belongs to, and its content. */
interface VersionTask {
  readonly context: JobContext;
  readonly promptId: string;
  readonly input: PortkeyPromptInput;
}

interface MadeVersion {
  /** Id of the version; null if Portkey does not return it. */
  readonly versionId: string | null;
  /** True if it is to be published, like the version before it. */
  readonly toPublish: boolean;
  readonly isPublished: boolean;
  /** True if another job had already made it. */
  readonly existed: boolean;
  /** Name of a field that Portkey did not keep; the version is not published then. */
  readonly lost: string | null;
}

/** Records the progress of a version. Both methods are awaited. */
export interface VersionRecorder {
  /** Called before a version is sent. */
  onSend(): Promise<void>;
  /** Called once Portkey has confirmed a version, before it is published. */
  onSent(versionId: string, toPublish: boolean): Promise<void>;
}

/**
 * Adds a version with the content of its source to a prompt, and publishes it if the version before it was published. Can be
 * called again after any failure: the record or the marker identifies a version that was made before.
 */
export async function makeVersion(
  task: VersionTask,
  progress: UpdateProgress,
  recorder: VersionRecorder,
): Promise<MadeVersion> {
  const { recent } = progress;
  const sourceVersionId = provenanceOf(task.input)?.versionId;
  const isMade = recent?.sourceVersionId != null && recent.sourceVersionId === sourceVersionId;
  if (progress.versionId === null && recent?.id && isMade) {
    const finished = await finishRecent(task, recent.id, recent);
    if (finished) return finished;
  }
  if (progress.versionId === null) {
    const { head, maker } = await findHead(task, progress);
    if (maker) return finishFound(task, head, maker === 'BY_ANOTHER');
    progress.publishes ??= head.publishes;
    progress.versionId = await send(task, head.version, progress, recorder);
    await recorder.onSent(progress.versionId, progress.publishes);
  }
  return finishSent(task, progress.versionId, progress.publishes ?? false);
}

/** Sends the update. @returns The id of the new version. */
async function send(
  { context, promptId, input }: VersionTask,
  latest: PortkeyPrompt | null,
  progress: UpdateProgress,
  { onSend }: VersionRecorder,
): Promise<string> {
  try {
    const { versionId } = await context.client.updatePrompt(promptId, input, latest, onSend);
    if (versionId !== null) return versionId;
  } catch (error) {
    progress.mayBeSent = isOutcomeUnknown(error);
    throw error;
  }
  progress.mayBeSent = true;
  throw notShown('Portkey did not return the id of the new version.');
}

/** Reads the newest version. If an update may have been sent, waits for it for as long as reads may lag. */
async function findHead(
  { context, promptId, input }: VersionTask,
  progress: UpdateProgress,
): Promise<{ head: Head; maker: ReturnType<typeof makerOf> }> {
  const { client, lostResponseTimeoutMs } = context;
  const read = async () => {
    const head = await readHead(context, promptId, progress);
    return { head, maker: head.version && makerOf(head.version, input) };
  };
  if (!progress.mayBeSent) return read();
  const readOnce = async () => {
    const found = await read();
    return found.maker ? found : null;
  };
  const found = await client.waitFor(readOnce, lostResponseTimeoutMs);
  progress.mayBeSent = false;
  return found ?? read();
}

/** Finishes a version that already exists: publishes it if the job that made it could not. */
async function finishFound(
  { context: { client, store }, promptId }: VersionTask,
  { version, number, id, isPublished, followsPublished }: Head,
  existed: boolean,
): Promise<MadeVersion> {
  const found = { versionId: id, toPublish: isPublished, existed, lost: null };
  if (isPublished || !followsPublished || number === null) return { ...found, isPublished };
  // It is unpublished on purpose, unless the job that made it could not publish it.
  if (existed && (await isFinished(store, version))) return { ...found, isPublished };
  await client.publishVersion(promptId, number);
  return { ...found, toPublish: true, isPublished: true };
}

/** Returns true if the job that made a version has completed its item, or if that is not on record. */
async function isFinished(store: JobContext['store'], version: PortkeyPrompt | null): Promise<boolean> {
  const marker = version && provenanceOf(version);
  if (!marker?.replicationId) return true;
  const item = await store.findItem(marker.replicationId, marker.promptId);
  return item === null || item.status === 'UPDATED' || item.status === 'SKIPPED';
}

/** Reads back a version that Portkey has confirmed, and publishes it if nothing was lost. */
async function finishSent(task: VersionTask, versionId: string, toPublish: boolean): Promise<MadeVersion> {
  const version = await awaitVersion(task.context, task.promptId, versionId);
  if (!version) throw notShown('Portkey confirmed the new version but does not show it.');
  const lost = lostInUpdate(task.input, version);
  if (lost !== null || !toPublish) return { versionId, toPublish, isPublished: false, existed: false, lost };
  await publish(task, versionId, version);
  return { versionId, toPublish, isPublished: true, existed: false, lost };
}

/**
 * Finishes a version that this gateway has written from the same version of the source, without sending it again.
 * @returns null if a newer version has been published since: the update has to be sent again.
 */
async function finishRecent(
  task: VersionTask,
  versionId: string,
  { toPublish, isPublished }: WrittenVersion,
): Promise<MadeVersion | null> {
  const { context, promptId, input } = task;
  const version = await awaitVersion(context, promptId, versionId);
  if (!version) throw notShown('Portkey confirmed the version but does not show it.');
  if (isPublished && isNewer(await notRefused(context.client.getPrompt(promptId, isAlwaysFinal)), version))
    return null;
  const maker = makerOf(version, input);
  const existed = maker === 'BY_ANOTHER';
  if (!maker) {
    const lost = lostBesidesMarker(input, version) ?? 'prompt_metadata';
    return { versionId, toPublish, isPublished, existed, lost };
  }
  if (!toPublish || isPublished) return { versionId, toPublish, isPublished, existed, lost: null };
  await publish(task, versionId, version);
  return { versionId, toPublish, isPublished: true, existed, lost: null };
}

/** Returns true if a prompt shows a later version than this one. */
function isNewer(prompt: PortkeyPrompt | null, { version }: PortkeyPrompt): boolean {
  const published = prompt?.version ?? null;
  return typeof published === 'number' && typeof version === 'number' && published > version;
}

async function publish(task: VersionTask, versionId: string, version: PortkeyPrompt): Promise<void> {
  const number = unwrap(version.version) ?? (await numberOf(task, versionId));
  if (number === null) throw notShown('Portkey does not show the number of the new version.');
  await task.context.client.publishVersion(task.promptId, number);
}

async function numberOf({ context, promptId }: VersionTask, versionId: string): Promise<number | null> {
  const versions = await context.client.listVersions(promptId, isAlwaysFinal);
  return versions?.find((version) => version.versionId === versionId)?.number ?? null;
}

/** Builds an error that is not retried, because the read already waited. A later run searches for the version again. */
function notShown(message: string): UpstreamError {
  return new UpstreamError('portkey', 'NOT_FOUND', message, { outcomeUnknown: true });
}

/** Returns the maker of a version if it was made from the same version of the source, otherwise null. */
function makerOf(version: PortkeyPrompt, input: PortkeyPromptInput): 'BY_THIS_JOB' | 'BY_ANOTHER' | null {
  const own = provenanceOf(input);
  const found = provenanceOf(version);
  if (
    !own ||
    !found ||
    lostBesidesMarker(input, version) !== null ||
    !isDeepStrictEqual({ ...own, replicationId: null }, { ...found, replicationId: null })
  )
    return null;
  return found.replicationId === own.replicationId ? 'BY_THIS_JOB' : 'BY_ANOTHER';
}
