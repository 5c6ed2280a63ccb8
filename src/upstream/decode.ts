import type { Log } from '../domain/log.js';
import { type FieldResult, type Upstream, UpstreamError } from '../domain/upstream-error.js';
import { badResponse } from './errors.js';
import { redact } from './redact.js';
import { mayBeDone } from './write-outcome.js';

/** JSON object with any content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Maps a JSON value to a domain value. The reader checks every field. */
export type Decoder<T> = (value: unknown, reader: FieldReader) => T;

/** Call that received the response. */
interface Origin {
  readonly upstream: Upstream;
  readonly endpoint: string;
  readonly log: Log;
  /** HTTP method, GET by default. */
  readonly method?: string;
}

/**
 * Decodes an upstream's response, and ignores unknown fields. Logs each invalid field once per response.
 * @throws UpstreamError `BAD_RESPONSE` if the body or a required field is not as documented.
 */
export function decode<T>(decoder: Decoder<T>, value: unknown, from: Origin): T {
  const reader = new FieldReader(from);
  const result = decoder(value, reader);
  reader.logInvalidFields();
  return result;
}

/** Creates a decoder for a response that is a list. */
export function listOf<T>(decoder: Decoder<T>): Decoder<T[]> {
  return (value, reader) => reader.list(value, decoder);
}

interface InvalidField {
  readonly error: UpstreamError;
  readonly reason: string;
}

/** Unknown enum values that this process has logged, each as "field value". The limit bounds memory and log. */
const loggedValues = new Set<string>();
const MAX_LOGGED_VALUES = 1_000;
const MAX_VALUE_LENGTH = 100;

/**
 * Checks the fields of one response. An invalid optional field becomes an UpstreamError. An invalid required field fails the
 * whole response.
 */
export class FieldReader {
  readonly #from: Origin;
  /** Field names and list positions that lead from the body to the current object. */
  readonly #path: (string | number)[] = [];
  /** Created for the first invalid field, because most responses have none. */
  #invalid: Map<string, InvalidField> | null = null;

  constructor(from: Origin) {
    this.#from = from;
  }

  string(value: unknown, field: string): FieldResult<string | null | undefined> {
    return typeof value === 'string' || isMissing(value) ? value : this.invalid(value, field, 'not a string');
  }

  boolean(value: unknown, field: string): FieldResult<boolean | null | undefined> {
    return typeof value === 'boolean' || isMissing(value)
      ? value
      : this.invalid(value, field, 'not a boolean');
  }

  number(value: unknown, field: string): FieldResult<number | null | undefined> {
    return (typeof value === 'number' && Number.isFinite(value)) || isMissing(value)
      ? value
      : this.invalid(value, field, 'not a number');
  }

  /** Reads an integer of up to 53 bits. */
  integer(value: unknown, field: string): FieldResult<number | null | undefined> {
    return isSafeInteger(value) || isMissing(value) ? value : this.invalid(value, field, 'not an integer');
  }

  /** Reads an integer that fits GraphQL's Int. */
  int32(value: unknown, field: string): FieldResult<number | null | undefined> {
    return (typeof value === 'number' && (value | 0) === value) || isMissing(value)
      ? value
      : this.invalid(value, field, 'not a 32-bit integer');
  }

  strings(value: unknown, field: string): FieldResult<readonly string[] | null | undefined> {
    return isStrings(value) || isMissing(value) ? value : this.invalid(value, field, 'not a list of strings');
  }

  /** Reads an enum value. Logs an unknown value and returns null. @param values Our values by those of the upstream. */
  enumValue<T extends string>(
    value: unknown,
    field: string,
    values: ReadonlyMap<string, T>,
  ): FieldResult<T | null | undefined> {
    if (isMissing(value)) return value;
    if (typeof value !== 'string') return this.invalid(value, field, 'not a string');
    const ours = values.get(value);
    if (ours !== undefined) return ours;
    // Astria returns an unset attribute of a prompt from a form as an empty string.
    if (value !== '') this.#logUnknownValue(field, value.slice(0, MAX_VALUE_LENGTH));
    return null;
  }

  /** Reads a time in any notation that Date parses and returns it as RFC 3339. Times without a zone are UTC. */
  time(value: unknown, field: string): FieldResult<string | null> {
    if (isMissing(value) || value === '') return null;
    // Fast path, because most times have this notation already.
    if (typeof value === 'string' && RFC_3339_UTC.test(value)) return value;
    return toRfc3339(value) ?? this.invalid(value, field, 'not a time');
  }

  /** Reads a required object. */
  object(value: unknown): JsonObject {
    if (!isRecord(value)) throw this.refusal('not an object');
    return value;
  }

  /** Reads a required list. */
  list<T>(value: unknown, decoder: Decoder<T>): T[] {
    if (!Array.isArray(value)) throw this.refusal('not a list');
    return value.map((each: unknown, index) => this.within(index, () => decoder(each, this)));
  }

  /** Reads a required non-negative integer of up to 53 bits. */
  natural(value: unknown, field: string): number {
    if (!isSafeInteger(value) || value < 0) throw this.refusal('not a natural number', field);
    return value;
  }

  /** Reads a required, non-empty string. */
  nonEmptyString(value: unknown, field: string): string {
    if (typeof value !== 'string' || value === '') throw this.refusal('not a non-empty string', field);
    return value;
  }

  /** Calls `read` for the content of a field or of a list position. */
  within<T>(step: string | number, read: () => T): T {
    this.#path.push(step);
    const result = read();
    this.#path.pop();
    return result;
  }

  /** Returns the error that replaces an invalid field. Returns a value that already is an error unchanged. */
  invalid(value: unknown, field: string, reason: string): UpstreamError {
    if (value instanceof UpstreamError) return value;
    this.#invalid ??= new Map();
    const previous = this.#invalid.get(field);
    if (previous) return previous.error;
    const error = badResponse(this.#from.upstream, `the field ${field} is not as documented`);
    this.#invalid.set(field, { error, reason });
    return error;
  }

  /** Logs that the response is rejected and returns the error to throw. */
  refusal(reason: string, ...inner: readonly string[]): UpstreamError {
    const { upstream, endpoint, log, method = 'GET' } = this.#from;
    const field = [...this.#path, ...inner].join('.') || null;
    log.error({ upstream, endpoint, field, reason }, 'Unexpected response.');
    const location = field === null ? 'the body' : `the field ${field}`;
    const outcomeUnknown = mayBeDone(method, { type: 'unreadable' });
    return badResponse(upstream, `${location} is not as documented`, { outcomeUnknown });
  }

  logInvalidFields(): void {
    if (this.#invalid === null) return;
    const { upstream, endpoint, log } = this.#from;
    for (const [field, { reason }] of this.#invalid)
      log.error({ upstream, endpoint, field, reason }, 'Unexpected field.');
  }

  /** Logs each value once per process. */
  #logUnknownValue(field: string, value: string): void {
    const key = `${field} ${value}`;
    if (loggedValues.has(key) || loggedValues.size >= MAX_LOGGED_VALUES) return;
    loggedValues.add(key);
    const { upstream, endpoint, log } = this.#from;
    log.warn({ upstream, endpoint, field, word: redact(value) }, 'Unknown enum value.');
  }
}

/** Returns true if a field is absent or null. */
export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Date and time without a zone, which Date would read in the zone of this machine. */
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/;

function toRfc3339(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const date = new Date(typeof value === 'string' ? value.replace(WITHOUT_ZONE, '$1T$2Z') : value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Returns true for a JSON object. An ExactNumber or an UpstreamError is not one. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Maximum nesting of JSON. Recursive code serializes and compares it, so its nesting must fit on the stack. */
const MAX_NESTING = 500;

/** Returns true if a JSON value is not nested too deeply for recursive code. */
export function isShallow(value: unknown, depth = 0): boolean {
  if (depth > MAX_NESTING) return false;
  if (typeof value !== 'object' || value === null) return true;
  const inner: unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const each of inner) if (!isShallow(each, depth + 1)) return false;
  return true;
}
