import type { Prompt } from '../../domain/prompt.js';
import type { Tune } from '../../domain/tune.js';
import type { PromptAccount } from '../prompts/account.js';
import { AWAITED_PROMPT_INTERVAL, PROMPT_INTERVAL, TUNE_INTERVAL } from './poll-interval.js';
import type { PollTarget } from './poll-target.js';

/** Returns the key of a prompt in the hub. @param account See {@link PromptAccount}. */
export function promptKey(account: string, id: string): string {
  return `prompt ${account} ${id}`;
}

/** Returns true if a prompt has settled. A status that cannot be decoded may still change. */
export function isSettledPrompt({ status }: Pick<Prompt, 'status'>): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/**
 * Returns the target of a prompt until it succeeds or fails. An id that Astria cannot have is null, without a call.
 * @param isAwaited Returns true if Astria will report the end of the prompt, which is then polled rarely until it is invalidated.
 * @throws UpstreamError without a key.
 */
export function promptTarget(
  { account, backgroundAstria: astria }: PromptAccount,
  id: string,
  isAwaited: (prompt: Prompt) => boolean = () => false,
): PollTarget<Prompt> {
  return {
    key: promptKey(account, id),
    group: `prompts ${account}`,
    id,
    account,
    readAll: (ids, reads) =>
      reads.byIds(ids, {
        list: (keyset) => astria.listPrompts(keyset),
        single: (one) => astria.getPrompt(one),
      }),
    isSettled: isSettledPrompt,
    intervalOf: (prompt) => (isAwaited(prompt) ? AWAITED_PROMPT_INTERVAL : PROMPT_INTERVAL),
    intervalAfterInvalidation: PROMPT_INTERVAL,
  };
}

/**
 * Returns the target of an own or gallery tune until it is trained. An id that Astria cannot have is null, without a call.
 * @throws UpstreamError without a key.
 */
export function tuneTarget(
  { account, backgroundAstria: astria }: PromptAccount,
  id: string,
): PollTarget<Tune> {
  return {
    key: `tune ${account} ${id}`,
    group: `tunes ${account}`,
    id,
    account,
    readAll: (ids, reads) =>
      reads.byIds(ids, { list: (keyset) => astria.listTunes(keyset), single: (one) => astria.getTune(one) }),
    isSettled: ({ status }) => status === 'TRAINED',
    intervalOf: () => TUNE_INTERVAL,
    intervalAfterInvalidation: TUNE_INTERVAL,
  };
}
