import type { Claim, OtherCreate, Rest, SentCreate } from '../../backplane/create-store.js';
import type { Prompt } from '../../domain/prompt.js';
import { callbackOf } from './choice.js';
import { type ClockOffset, plainValue } from './same-prompt.js';

/** Time in which a create whose response was lost may still become a prompt, in milliseconds. */
const LANDING_MS = 30_000;

/**
 * Decides whether the prompt in the response to a create is that create's. Astria may have given it the prompt of another
 * create, with other images, that was sent at about the same time. Pure.
 * @param isLast Decides now, without waiting for creates that have no response yet.
 */
export function decideClaim(
  prompt: Prompt,
  create: SentCreate,
  { others, taken }: Rest,
  offset: ClockOffset,
  isLast: boolean,
): Claim {
  if (taken.has(prompt.id)) return 'TAKEN';
  if (create.callback !== null && callbackOf(prompt) === create.callback) return 'CLAIMED';
  const rivals = others.filter((other) => mayShareAnswer(create, other));
  const sharing = rivals.filter(({ answeredId }) => answeredId === prompt.id);
  // Only responses in another order than the requests leave a doubt.
  if (sharing.some((rival) => !rival.isUnderWay || !isEarlier(rival, create))) return 'UNCLEAR';
  if (sharing.length > 0) return 'TAKEN';
  const earlier = rivals.filter((rival) => rival.answeredId === null && isEarlier(rival, create));
  if (!isLast && earlier.some(({ isUnderWay }) => isUnderWay)) return 'WAIT';
  return earlier.length === 0 || isAfterSend(prompt, create, offset) ? 'CLAIMED' : 'UNCLEAR';
}

/** Returns true for a prompt that was created after a create was sent, as far as Astria's clock is known. */
function isAfterSend({ createdAt }: Prompt, { sentAt }: SentCreate, offset: ClockOffset): boolean {
  return typeof createdAt === 'string' && Date.parse(createdAt) >= sentAt + (offset ?? 0);
}

/**
 * Returns true when a create that is not decided can be answered with the same prompt: it has the same tune, text and
 * seed, but not the same content.
 */
function mayShareAnswer(create: SentCreate, other: OtherCreate): boolean {
  const isOpen = other.isUnderWay || (other.lostAt !== null && create.sentAt - other.lostAt < LANDING_MS);
  const [one, two] = [create.known, other.known];
  const isSameKey =
    one.tuneId === two.tuneId &&
    plainValue(one.attributes.text) === plainValue(two.attributes.text) &&
    (one.attributes.seed ?? null) === (two.attributes.seed ?? null);
  return isOpen && isSameKey && contentOf(one) !== contentOf(two);
}

function isEarlier(one: SentCreate, two: SentCreate): boolean {
  return one.sentAt < two.sentAt || (one.sentAt === two.sentAt && one.id < two.id);
}

function contentOf({ images, attributes }: SentCreate['known']): string {
  const { callback: _callback, ...others } = attributes;
  const given = Object.entries(others).map(([name, value]) => [name, plainValue(value)]);
  return JSON.stringify([images, given.filter(([, value]) => value !== null).sort()]);
}
