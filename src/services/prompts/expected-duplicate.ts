import type { Prompt, PromptAttributesInput } from '../../domain/prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { Expected } from './same-prompt.js';

/** What the duplicate of a prompt will look like, as far as that can be told. Pure. @returns null without the original. */
export function expectedDuplicate(
  original: Prompt | null,
  overrides: PromptAttributesInput,
): Omit<Expected, 'since'> | null {
  if (!original) return null;
  const { id, tuneId, status, images, error, url, costMillicents, ...others } = original;
  const { createdAt, updatedAt, startedTrainingAt, trainedAt, ...echo } = others;
  const readable = Object.entries(echo).filter(([, value]) => !(value instanceof UpstreamError));
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const attributes: PromptAttributesInput = Object.fromEntries([...readable, ...given]);
  return { tuneId, attributes, newerThan: id };
}
