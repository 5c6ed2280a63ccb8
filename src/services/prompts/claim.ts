import { plainValue } from '../../domain/plain-value.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import {
  type Claim,
  type CompetingCreates,
  type KnownPrompt,
  type OtherCreate,
  type SentCreate,
  UNREADABLE_PROMPT,
} from '../../storage/create-store.js';
import { callbackOf } from './match-created-prompt.js';
import { type ClockOffset, echoesContent, isBeforeSend, LANDING_MS } from './prompt-matcher.js';

/** Age at the time of the request, by Astria's `Date`, from which a prompt is likely to be older, in milliseconds. */
const LIKELY_OLDER_MS = 250;
/** Age in milliseconds from which it is certainly older, because no two clocks differ by that much. */
const CERTAINLY_OLDER_MS = 300_000;

/**
 * Decides whether the prompt in a response belongs to the create request. Astria may have returned the prompt of another
 * request, with other images, that was sent at about the same time. Pure.
 * @param isLast Decides now, without waiting for requests that have no response yet.
 */
export function decideClaim(
  prompt: Prompt,
  create: SentCreate,
  { others, taken }: CompetingCreates,
  offset: ClockOffset,
  isLast: boolean,
): Claim {
  if (taken.has(prompt.id)) return 'TAKEN';
  if (create.callback !== null && callbackOf(prompt) === create.callback) return 'CLAIMED';
  const competitors = others.filter((other) => couldGetSamePrompt(create, other));
  const sharing = competitors.filter(({ responsePromptId }) => responsePromptId === prompt.id);
  // Only responses in a different order than the requests are ambiguous.
  if (sharing.some((competitor) => !competitor.isInProgress || !isEarlier(competitor, create)))
    return 'UNCLEAR';
  if (sharing.length > 0) return 'TAKEN';
  const earlier = competitors.filter(
    (competitor) => competitor.responsePromptId === null && isEarlier(competitor, create),
  );
  if (!isLast && earlier.some(({ isInProgress }) => isInProgress)) return 'WAIT';
  return earlier.length === 0 || isAfterSend(prompt, create, offset) ? 'CLAIMED' : 'UNCLEAR';
}

/** Returns true for a prompt that was created after the request was sent, as far as Astria's clock is known. */
function isAfterSend({ createdAt }: Prompt, { sentAt }: SentCreate, offset: ClockOffset): boolean {
  return typeof createdAt === 'string' && Date.parse(createdAt) >= sentAt + (offset ?? 0);
}

/**
 * Returns true if an undecided request can get the same prompt as its response. It then has the same tune, text and seed,
 * but different content.
 */
function couldGetSamePrompt(create: SentCreate, other: OtherCreate): boolean {
  const isOpen = other.isInProgress || (other.lostAt !== null && create.sentAt - other.lostAt < LANDING_MS);
  if (!isOpen) return false;
  const [one, two] = [create.known, other.known];
  if (two === UNREADABLE_PROMPT) return true;
  const isSameKey =
    one.tuneId === two.tuneId &&
    (one.attributes.seed ?? null) === (two.attributes.seed ?? null) &&
    isSameValue(one.attributes.text, two.attributes.text);
  return isSameKey && !isSameContent(one, two);
}

function isEarlier(one: SentCreate, two: SentCreate): boolean {
  return one.sentAt < two.sentAt || (one.sentAt === two.sentAt && one.id < two.id);
}

/** Ignores the callback, because the gateway replaces it with its own URL. */
function isSameContent(one: KnownPrompt, two: KnownPrompt): boolean {
  if (one.images !== two.images) return false;
  const { callback: _one, ...first } = one.attributes;
  const { callback: _two, ...second } = two.attributes;
  const names = new Set([...Object.keys(first), ...Object.keys(second)]) as Set<keyof typeof first>;
  return [...names].every((name) => isSameValue(first[name] ?? null, second[name] ?? null));
}

/** Compares values directly first, because most are identical and texts can be long. */
function isSameValue(a: unknown, b: unknown): boolean {
  return a === b || plainValue(a) === plainValue(b);
}

/**
 * Decides whether Astria returned a prompt that existed before or differs from the request, because Astria deduplicates
 * requests. Returns `LIKELY` if only a small clock difference indicates it. Pure.
 */
export function reuseOf(
  prompt: Prompt,
  create: SentCreate,
  offset: ClockOffset,
): 'CERTAIN' | 'LIKELY' | 'NONE' {
  const callback = callbackOf(prompt);
  if (callback !== null && create.callback !== null) return callback !== create.callback ? 'CERTAIN' : 'NONE';
  const { newerThan } = create.known;
  if (newerThan !== null && Number(prompt.id) <= Number(newerThan)) return 'CERTAIN';
  if (differs(prompt, create.known)) return 'CERTAIN';
  if (isBeforeSend(prompt, create, offset, CERTAINLY_OLDER_MS)) return 'CERTAIN';
  return offset !== null && isBeforeSend(prompt, create, offset, LIKELY_OLDER_MS) ? 'LIKELY' : 'NONE';
}

/**
 * Compares the echo with the request. Ignores text and seed, which a reused prompt always shares and Astria may rewrite,
 * the callback, which can be the gateway's, and attributes that the echo omits or returns as null.
 */
function differs(prompt: Prompt, known: KnownPrompt): boolean {
  if (known.tuneId !== null && prompt.tuneId !== null && prompt.tuneId !== known.tuneId) return true;
  const { text: _text, seed: _seed, callback: _callback, ...sent } = known.attributes;
  const echoes: Record<string, unknown> = { ...prompt };
  const attributes = echoed(sent, echoes);
  return !echoesContent(prompt, { ...known, attributes, extra: echoed(known.extra ?? {}, prompt[RAW]) });
}

function echoed<T extends object>(sent: T, echoes: Readonly<Record<string, unknown>>): T {
  return Object.fromEntries(Object.entries(sent).filter(([name]) => (echoes[name] ?? null) !== null)) as T;
}
