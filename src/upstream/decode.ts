import { z } from 'zod';
import type { Log } from '../domain/log.js';
import { type Told, type Upstream, UpstreamError } from '../domain/upstream-error.js';
import { badResponse } from './failures.js';
import { safeText } from './safe-text.js';
import { mayBeDone } from './write-outcome.js';

/**
 * Fields that {@link tolerant} has given up on, with the reason, since decode() began. Parsing is synchronous: no other
 * answer comes between.
 */
const givenUp = new Map<string, string>();

/** Enum values that decode() has found and the schema lacks, each as its field and its word. */
const unknownWords = new Map<string, readonly [field: string, word: string]>();
/** Those that this process has logged. The limit bounds memory and log. */
const loggedWords = new Set<string>();
const MAX_LOGGED_WORDS = 1_000;
const LONGEST_WORD = 100;

/** Reports an enum value that the schema lacks to decode(), which logs it. */
export function noteUnknownWord(field: string, word: string): void {
  const start = word.slice(0, LONGEST_WORD);
  unknownWords.set(`${field} ${start}`, [field, start]);
}

/**
 * Reads an upstream's answer by its documented shape; unknown extra fields are ignored. The log names the endpoint and
 * the field of what is not as documented, once per answer and field.
 * @throws UpstreamError `BAD_RESPONSE`
 */
export function decode<S extends z.ZodType>(
  schema: S,
  value: unknown,
  from: { upstream: Upstream; endpoint: string; log: Log; method?: string },
): z.output<S> {
  const { upstream, endpoint, log, method = 'GET' } = from;
  givenUp.clear();
  unknownWords.clear();
  const result = schema.safeParse(value);
  logUnknownWords(from);
  if (result.success) {
    for (const [field, reason] of givenUp)
      log.error({ upstream, endpoint, field, reason }, 'unexpected field');
    return result.data;
  }
  const { path, reason } = complaint(result.error.issues);
  const field = path.length > 0 ? path.join('.') : null;
  log.error({ upstream, endpoint, field, reason }, 'unexpected answer');
  const place = field === null ? 'the body as a whole' : `the field ${field}`;
  const outcomeUnknown = mayBeDone(method, { type: 'unreadable' });
  throw badResponse(upstream, `${place} is not as documented`, { outcomeUnknown });
}

/** Logs each enum value that the schema lacks once per process. */
function logUnknownWords({
  upstream,
  endpoint,
  log,
}: {
  upstream: Upstream;
  endpoint: string;
  log: Log;
}): void {
  for (const [key, [field, word]] of unknownWords) {
    if (loggedWords.has(key) || loggedWords.size >= MAX_LOGGED_WORDS) continue;
    loggedWords.add(key);
    log.warn({ upstream, endpoint, field, word: safeText(word) }, 'unknown enum value');
  }
}

/** An object of which every field but the required ones can be an error. */
export type Tolerated<T, R extends keyof T> = { [K in keyof T]: K extends R ? T[K] : Told<T[K]> };

/**
 * A shape of which a field that is not as documented becomes an UpstreamError in its own place; one that is an
 * UpstreamError already stays it. What is no object, or has a bad one among the `required` fields, is refused as a
 * whole. Every other field of the shape must be optional.
 */
export function tolerant<S extends z.ZodObject, R extends keyof z.output<S> & string>(
  upstream: Upstream,
  schema: S,
  required: readonly R[],
) {
  return tolerantInto(upstream, schema, required, (fields) => fields);
}

/** The same, made into something else together with the object as it was sent. */
export function tolerantInto<S extends z.ZodObject, R extends keyof z.output<S> & string, T>(
  upstream: Upstream,
  schema: S,
  required: readonly R[],
  make: (fields: Tolerated<z.output<S>, R>, raw: Readonly<Record<string, unknown>>) => T,
) {
  const isRequired = new Set<PropertyKey>(required);
  return z.unknown().transform((value, context): T => {
    // Nearly always all is well, and lists hold hundreds: that must cost nothing more.
    const strict = schema.safeParse(value);
    if (strict.success)
      return make(strict.data as Tolerated<z.output<S>, R>, value as Record<string, unknown>);
    const { issues } = strict.error;
    const fatal = issues.filter(({ path: [field] }) => field === undefined || isRequired.has(field));
    if (fatal.length === 0) {
      const given: Record<string, unknown> = { ...Object(value) };
      const errors = giveUp(upstream, given, issues);
      for (const field of Object.keys(errors)) given[field] = undefined;
      const fields = { ...schema.parse(given), ...errors } as Tolerated<z.output<S>, R>;
      return make(fields, value as Record<string, unknown>);
    }
    context.issues.push(...(fatal as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });
}

/** An error for each field that there are complaints about. */
function giveUp(
  upstream: Upstream,
  given: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): Record<string, UpstreamError> {
  const errors: Record<string, UpstreamError> = {};
  for (const { path, code } of issues) {
    const field = String(path[0]);
    const value = given[field];
    if (value instanceof UpstreamError) {
      errors[field] = value;
      continue;
    }
    errors[field] = badResponse(upstream, `the field ${field} is not as documented`);
    givenUp.set(field, code);
  }
  return errors;
}

interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly reason: string | undefined;
}

/** The first complaint; where several shapes were possible, that about the one which the value comes closest to. */
function complaint([issue]: readonly z.core.$ZodIssue[]): Complaint {
  const found = { path: issue?.path ?? [], reason: issue?.code };
  if (issue?.code !== 'invalid_union') return found;
  const inner = issue.errors.map(complaint).sort((a, b) => b.path.length - a.path.length)[0];
  return inner?.path.length ? { ...inner, path: [...found.path, ...inner.path] } : found;
}

/** Text or nothing; absent and null are the same. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
/** A whole number of up to 53 bits, or nothing. */
export const longInteger = z
  .int()
  .nullish()
  .transform((value) => value ?? null);
/** A whole number that fits GraphQL's Int, or nothing. */
export const integer = z
  .int32()
  .nullish()
  .transform((value) => value ?? null);
/** True, false or nothing. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
/** Texts; nothing is none. */
export const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
/** Tells a JSON object from every other value, an ExactNumber or an error in its place included. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * A JSON object of any content, kept as it is. Not z.record, which loses a key `__proto__`.
 */
export const record = z.custom<Record<string, unknown>>(isRecord);
const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A date and a time that do not tell their zone, which Date would take for this machine's. */
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/;

/** A point in time in any notation that Date understands (in UTC where it does not say), as RFC 3339; or nothing. */
export const time = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === '') return null;
    // Most of them are in this notation already, and lists hold hundreds.
    if (typeof value === 'string' && RFC_3339_UTC.test(value)) return value;
    const date = new Date(typeof value === 'string' ? value.replace(WITHOUT_ZONE, '$1T$2Z') : value);
    if (!Number.isNaN(date.getTime())) return date.toISOString();
    context.addIssue({ code: 'custom', message: 'not a point in time' });
    return z.NEVER;
  });

/** What is free in its form is passed on and compared, and that is recursive: it must fit on a stack. */
const MAX_NESTING = 500;

/** Whether a JSON value is nested no deeper than what handles it can go. Not recursive itself. */
export function isShallow(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTING) return false;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return true;
}
