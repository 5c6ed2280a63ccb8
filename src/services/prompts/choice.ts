import type { KnownPrompt, OtherCreate, Rest, SentCreate } from '../../backplane/create-store.js';
import type { Prompt } from '../../domain/prompt.js';
import { ownAddress } from '../callbacks/addresses.js';
import { type ClockOffset, isEchoed, isSame } from './same-prompt.js';

/**
 * Which of the prompts at Astria is the one of a create whose answer was lost: the one with its callback, or else one that
 * can be no other create's. Pure.
 * @param candidates The oldest first: creates that look alike are found in the order in which they were made.
 * @returns Its id; null when there is none, or it cannot be told (yet).
 */
export function choosePrompt(
  candidates: readonly Prompt[],
  create: SentCreate,
  { others, taken, withOtherTexts = () => [] }: Rest,
  offset: ClockOffset,
): string | null {
  const free = candidates.filter(({ id }) => !taken.has(id));
  const own =
    create.callback === null ? undefined : free.find((prompt) => callbackOf(prompt) === create.callback);
  let all: readonly OtherCreate[] | undefined;
  const othersOf = ({ text }: Prompt) => {
    // Every text fits a prompt that does not tell its own.
    if (!isEchoed(text)) all ??= [...others, ...withOtherTexts()];
    return isEchoed(text) ? others : (all ?? []);
  };
  const alike = free.find(
    (prompt) =>
      mayBe(prompt, create, offset) &&
      !othersOf(prompt).some(
        (other) =>
          mayBe(prompt, other, offset) &&
          (other.isUnderWay || other.known.images !== create.known.images || knowsMore(other, create)),
      ),
  );
  return (own ?? alike)?.id ?? null;
}

/** Whether a prompt can be the one of a create. One that calls the gateway back is of the create whose address that is. */
export function mayBe(prompt: Prompt, create: SentCreate, offset: ClockOffset): boolean {
  const callback = callbackOf(prompt);
  if (callback !== null) return callback === create.callback;
  const isTold = typeof prompt.callback === 'string' && prompt.callback !== '';
  if (create.callback !== null && isTold) return false;
  return isSame(prompt, create, offset);
}

/** The id of the gateway's own callback that a prompt has. */
export function callbackOf({ callback }: Prompt): string | null {
  return typeof callback === 'string' ? (ownAddress(callback)?.id ?? null) : null;
}

/** Who has said more of a prompt has the better claim to one that fits both. */
function knowsMore(other: SentCreate, create: SentCreate): boolean {
  return detail(other.known) > detail(create.known);
}

function detail({ attributes, tuneId }: KnownPrompt): number {
  return Object.values(attributes).filter((value) => value != null).length + (tuneId === null ? 0 : 1);
}
