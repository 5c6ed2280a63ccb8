import { isDeepStrictEqual } from 'node:util';
import type { KnownPrompt, SentCreate } from '../../backplane/create-store.js';
import { plainValue } from '../../domain/plain-value.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import type { PromptAttributes } from '../../domain/prompt-attributes.js';
import { UpstreamError } from '../../domain/upstream-error.js';

/** How long after its answer was lost a create may still become a prompt; and after it was sent, where that is not known. */
const LANDING_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** What the clock of an upstream that tells no date may be off, and what a time without milliseconds leaves out. */
const SECOND_MS = 1_000;

/** How far Astria's clock is ahead of this one's, in milliseconds; null: it tells no date. */
export type ClockOffset = number | null;

/** Whether a prompt can be the one of a create, by its time and as far as Astria tells its attributes. Pure. */
export function isSame(prompt: Prompt, create: SentCreate, offset: ClockOffset): boolean {
  // The store reads what is known of other creates on demand.
  if (!isInTime(prompt, create, offset)) return false;
  const { tuneId, newerThan } = create.known;
  if (tuneId !== null && prompt.tuneId !== tuneId) return false;
  if (newerThan !== null && Number(prompt.id) <= Number(newerThan)) return false;
  return echoesContent(prompt, create.known);
}

/** Returns true for a prompt with this content, as far as Astria echoes it. Pure. */
export function echoesContent(prompt: Prompt, known: KnownPrompt): boolean {
  return hasAttributes(prompt, known.attributes) && hasExtra(prompt, known);
}

/**
 * Returns true for a prompt that was created before a create was sent, by more than a margin in milliseconds. False where Astria does not
 * tell its time. Pure.
 */
export function isBeforeSend(
  { createdAt }: Prompt,
  { sentAt }: SentCreate,
  offset: ClockOffset,
  margin = 0,
): boolean {
  if (typeof createdAt !== 'string') return false;
  const time = Date.parse(createdAt);
  // A whole second may be one that was cut.
  const cut = time % SECOND_MS === 0 ? SECOND_MS : 0;
  return time < sentAt + (offset ?? -SECOND_MS) - cut - margin;
}

/** Returns true for a prompt that was created since a create was sent, and before it would be too late. Pure. */
export function isInTime(prompt: Prompt, create: SentCreate, offset: ClockOffset): boolean {
  if (typeof prompt.createdAt !== 'string' || isBeforeSend(prompt, create, offset)) return false;
  const end = create.lostAt === null ? create.sentAt + LONGEST_MS : create.lostAt + LANDING_MS;
  return Date.parse(prompt.createdAt) <= end + (offset ?? 0) + SECOND_MS;
}

function hasAttributes(prompt: Prompt, attributes: KnownPrompt['attributes']): boolean {
  return Object.entries(attributes).every(([name, value]) => {
    const echo = prompt[name as keyof PromptAttributes];
    // Not every answer tells the callback.
    if (name === 'callback' && (echo ?? null) === null) return true;
    return isEqual(value, echo);
  });
}

/** Compares the attributes that the schema lacks, as Astria echoes them. */
function hasExtra({ [RAW]: raw }: Prompt, { extra }: KnownPrompt): boolean {
  return Object.entries(extra ?? {}).every(([name, given]) => {
    // Astria may serve a file under a URL of its own.
    if (/_urls?$/.test(name)) return true;
    const echo = raw[name];
    if (typeof given !== 'object' || given === null)
      return isEqual(given, echo) || String(given) === String(echo);
    return echo === undefined || isDeepStrictEqual(given, echo);
  });
}

/** Of what was not given, and of an echo that cannot be read or is not there, nothing is known: Astria has defaults. */
function isEqual(given: unknown, echo: unknown): boolean {
  if (given === undefined || given === null || !isEchoed(echo)) return true;
  if (given === echo) return true;
  const [one, two] = [plainValue(given), plainValue(echo)];
  if (typeof one !== 'number' || typeof two !== 'number') return one === two;
  // Astria may keep what has a fraction in 32 bits.
  return Number.isInteger(one) ? one === two : Math.fround(one) === Math.fround(two);
}

/** Returns true for an attribute that Astria has mentioned, in a way that can be read. */
export function isEchoed(echo: unknown): boolean {
  return echo !== undefined && !(echo instanceof UpstreamError);
}
