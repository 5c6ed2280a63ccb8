import { isDeepStrictEqual } from 'node:util';
import { plainValue } from '../../domain/plain-value.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import type { PromptAttributes } from '../../domain/prompt-attributes.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { KnownPrompt, SentCreate } from '../../storage/create-store.js';

/** Time in which a create request may still become a prompt after its response was lost, in milliseconds. */
export const LANDING_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** Tolerance for an upstream without a `Date` header, and for times without milliseconds. */
const SECOND_MS = 1_000;

/** Milliseconds by which Astria's clock is ahead of this one; null if Astria sends no `Date`. */
export type ClockOffset = number | null;

/** Returns true if a prompt matches a create request by its time and by the attributes that Astria echoes. Pure. */
export function matchesCreate(prompt: Prompt, create: SentCreate, offset: ClockOffset): boolean {
  // Checked first, because the store loads `known` of other requests on demand.
  if (!isInTime(prompt, create, offset)) return false;
  const { tuneId, newerThan } = create.known;
  if (tuneId !== null && prompt.tuneId !== tuneId) return false;
  if (newerThan !== null && Number(prompt.id) <= Number(newerThan)) return false;
  return echoesContent(prompt, create.known);
}

/** Returns true if a prompt has this content, as far as Astria echoes it. Pure. */
export function echoesContent(prompt: Prompt, known: KnownPrompt): boolean {
  return hasAttributes(prompt, known.attributes) && hasExtra(prompt, known);
}

/**
 * Returns true if a prompt was created more than `margin` milliseconds before a request was sent. False if Astria does not
 * return its time. Pure.
 */
export function isBeforeSend(
  { createdAt }: Prompt,
  { sentAt }: SentCreate,
  offset: ClockOffset,
  margin = 0,
): boolean {
  if (typeof createdAt !== 'string') return false;
  const time = Date.parse(createdAt);
  // A whole second may have been truncated.
  const cut = time % SECOND_MS === 0 ? SECOND_MS : 0;
  return time < sentAt + (offset ?? -SECOND_MS) - cut - margin;
}

/** Returns true if a prompt was created after a request was sent and within its time limit. Pure. */
export function isInTime(prompt: Prompt, create: SentCreate, offset: ClockOffset): boolean {
  if (typeof prompt.createdAt !== 'string' || isBeforeSend(prompt, create, offset)) return false;
  const end = create.lostAt === null ? create.sentAt + LONGEST_MS : create.lostAt + LANDING_MS;
  return Date.parse(prompt.createdAt) <= end + (offset ?? 0) + SECOND_MS;
}

function hasAttributes(prompt: Prompt, attributes: KnownPrompt['attributes']): boolean {
  return Object.entries(attributes).every(([name, value]) => {
    const echo = prompt[name as keyof PromptAttributes];
    // Not every response includes the callback.
    if (name === 'callback' && (echo ?? null) === null) return true;
    return isEqual(value, echo);
  });
}

/** Compares the extra attributes with those that Astria echoes. */
function hasExtra({ [RAW]: raw }: Prompt, { extra }: KnownPrompt): boolean {
  return Object.entries(extra ?? {}).every(([name, given]) => {
    // Astria may serve a file under a different URL.
    if (/_urls?$/.test(name)) return true;
    const echo = raw[name];
    if (typeof given !== 'object' || given === null)
      return isEqual(given, echo) || String(given) === String(echo);
    return echo === undefined || isDeepStrictEqual(given, echo);
  });
}

/** Treats omitted attributes and missing or undecodable echoes as equal, because Astria has defaults. */
function isEqual(sent: unknown, echo: unknown): boolean {
  if (sent === undefined || sent === null || !isEchoed(echo)) return true;
  if (sent === echo) return true;
  const [sentValue, echoedValue] = [plainValue(sent), plainValue(echo)];
  if (typeof sentValue !== 'number' || typeof echoedValue !== 'number') return sentValue === echoedValue;
  // Astria may store fractions in 32 bits.
  return Number.isInteger(sentValue)
    ? sentValue === echoedValue
    : Math.fround(sentValue) === Math.fround(echoedValue);
}

/** Returns true if Astria returned the attribute and it could be decoded. */
export function isEchoed(echo: unknown): boolean {
  return echo !== undefined && !(echo instanceof UpstreamError);
}
