import { UpstreamError, userErrorCode } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';

/** What the caller can mend of a failed create. @throws the error itself when that is nothing. */
export function userErrorsOf(error: unknown, argument: string, notFound: UserError): UserError[] {
  if (!(error instanceof UpstreamError)) throw error;
  const code = userErrorCode(error);
  if (code === null) throw error;
  if (code === 'NOT_FOUND') return [notFound];
  if (code === 'OUTCOME_UNKNOWN') return [OUTCOME_UNKNOWN];
  if (error.faults.length === 0) return [{ code, message: error.message, field: null }];
  return error.faults.map(({ field, message }) => ({
    code,
    message: field === null ? message : `${field} ${message}`,
    field: field === null ? null : [argument, field],
  }));
}

/** It was looked for in vain. */
export const OUTCOME_UNKNOWN: UserError = {
  code: 'OUTCOME_UNKNOWN',
  message:
    'Astria did not confirm the prompt, and does not show it yet: it may still be created. In a minute, look for it in prompts (newest first), or repeat this request with the same idempotencyKey, which looks for the prompt and creates nothing. If it is not there after that minute, it was not created: send it with a new idempotencyKey.',
  field: null,
};

/** Astria has deduplicated the request: it bought nothing. */
export function reusedPrompt(id: string): UserError {
  const message = `Astria answered with the prompt ${id}, which existed before or differs from what was sent. No new prompt was created. Send another seed to get one.`;
  return { code: 'CONFLICT', message, field: null };
}

/** As {@link reusedPrompt}, where only a small difference of clocks says so. */
export function likelyReusedPrompt(id: string): UserError {
  const message = `Astria answered with the prompt ${id}, which seems to be older than this request. Look at it before you buy another one: send another seed to get a new prompt.`;
  return { code: 'CONFLICT', message, field: null };
}

/** The prompt that a key has made was deleted since. */
export const GONE: UserError = {
  code: 'NOT_FOUND',
  message: 'the prompt that this idempotencyKey has created is there no more',
  field: ['idempotencyKey'],
};
