import type { KnownPrompt } from '../../backplane/create-store.js';
import type { ExtraAttributes, Prompt, PromptAttributesInput } from '../../domain/prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';

/** What the duplicate of a prompt will look like, as far as that can be told. Pure. @returns null without the original. */
export function expectedDuplicate(
  original: Prompt | null,
  overrides: PromptAttributesInput,
  images: string,
  extra?: ExtraAttributes,
): KnownPrompt | null {
  if (!original) return null;
  const { id, tuneId, status, images: _images, error, url, costMillicents, ...others } = original;
  const { createdAt, updatedAt, startedTrainingAt, trainedAt, callback: _callback, ...echo } = others;
  const readable = Object.entries(echo).filter(
    ([, value]) => value != null && !(value instanceof UpstreamError),
  );
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const attributes: PromptAttributesInput = Object.fromEntries([...readable, ...given]);
  return { tuneId: typeof tuneId === 'string' ? tuneId : null, attributes, newerThan: id, images, extra };
}
