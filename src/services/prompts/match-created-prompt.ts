import type { Prompt } from '../../domain/prompt.js';
import type { CompetingCreates, KnownPrompt, OtherCreate, SentCreate } from '../../storage/create-store.js';
import { ownAddress } from '../callbacks/callback-urls.js';
import { type ClockOffset, isEchoed, matchesCreate } from './prompt-matcher.js';

/**
 * Finds the prompt of a create request whose response was lost: the prompt with its callback, otherwise one that cannot
 * belong to another request. Pure.
 * @param candidates Oldest first, so that identical requests are matched in the order in which they were sent.
 * @returns Its id, or null if there is none or the match is still ambiguous.
 */
export function matchCreatedPrompt(
  candidates: readonly Prompt[],
  create: SentCreate,
  { others, taken, withOtherTexts = () => [] }: CompetingCreates,
  offset: ClockOffset,
): string | null {
  const free = candidates.filter(({ id }) => !taken.has(id));
  const own =
    create.callback === null ? undefined : free.find((prompt) => callbackOf(prompt) === create.callback);
  let all: readonly OtherCreate[] | undefined;
  const othersOf = ({ text }: Prompt) => {
    // A prompt that does not echo its text matches every text.
    if (!isEchoed(text)) all ??= [...others, ...withOtherTexts()];
    return isEchoed(text) ? others : (all ?? []);
  };
  const alike = free.find(
    (prompt) =>
      couldMatch(prompt, create, offset) &&
      !othersOf(prompt).some(
        (other) =>
          couldMatch(prompt, other, offset) &&
          (other.isInProgress || other.known.images !== create.known.images || knowsMore(other, create)),
      ),
  );
  return (own ?? alike)?.id ?? null;
}

/** Returns true if a prompt can belong to a create request. A callback URL of the gateway decides that alone. */
export function couldMatch(prompt: Prompt, create: SentCreate, offset: ClockOffset): boolean {
  const callback = callbackOf(prompt);
  if (callback !== null) return callback === create.callback;
  const isTold = typeof prompt.callback === 'string' && prompt.callback !== '';
  if (create.callback !== null && isTold) return false;
  return matchesCreate(prompt, create, offset);
}

/** Returns the id of the gateway's callback in a prompt's callback URL, or null. */
export function callbackOf({ callback }: Prompt): string | null {
  return typeof callback === 'string' ? (ownAddress(callback)?.id ?? null) : null;
}

/** Compares two create requests that match the same prompt. The request with more attributes wins. */
function knowsMore(other: SentCreate, create: SentCreate): boolean {
  return detail(other.known) > detail(create.known);
}

function detail({ attributes, tuneId }: KnownPrompt): number {
  return Object.values(attributes).filter((value) => value != null).length + (tuneId === null ? 0 : 1);
}
