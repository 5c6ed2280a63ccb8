import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { JSON_TYPE } from '../request-error.js';

/** The response formats that a client accepts. */
export interface AcceptedFormats {
  /** Preferred stream format, or null. */
  readonly stream: 'sse' | 'multipart' | null;
  /** Preferred content type of a single result, or null. */
  readonly single: string | null;
  /** True if the client names application/json and no stream. Then a status of 200 only means that the request could be read. */
  readonly plainJson: boolean;
}

const SINGLE_TYPES = [JSON_TYPE, 'application/graphql-response+json; charset=utf-8'];
const ANY: AcceptedFormats = { stream: null, single: JSON_TYPE, plainJson: false };

/** Cache of parsed headers. Clients send few different ones, of up to about 200 characters. */
const cache = new LRUCache<string, AcceptedFormats>({ max: 200 });
const MAX_CACHED_CHARACTERS = 500;

/** Parses an Accept header (RFC 9110, 12.5.1). Of two types with the same q, the first is preferred. */
export function acceptedFormats(accept: string | undefined): AcceptedFormats {
  if (accept === undefined) return ANY;
  const formats = cache.get(accept) ?? parseAccept(accept);
  if (accept.length <= MAX_CACHED_CHARACTERS) cache.set(accept, formats);
  return formats;
}

/** Media ranges of streams. `multipart/mixed` without the parameter asks for `@defer`. */
const STREAM = /^\s*(text\/event-stream|multipart\/mixed\s*;(.*;)?\s*subscriptionspec\s*=)/i;

function parseAccept(accept: string): AcceptedFormats {
  const ranges = accept.match(/(?:[^",]|"[^"]*")+/g) ?? [];
  const [stream] = preferred(ranges.filter((range) => STREAM.test(range)).join());
  const single = new Negotiator({ headers: { accept } }).mediaType(SINGLE_TYPES) ?? null;
  const isPlainJson = single === JSON_TYPE && stream === undefined;
  return {
    stream: stream === undefined ? null : stream === 'text/event-stream' ? 'sse' : 'multipart',
    single,
    plainJson: isPlainJson && preferred(accept).includes('application/json'),
  };
}

/** Returns the types of a header in lower case, without parameters, by preference. Types with q=0 are left out. */
function preferred(accept: string): string[] {
  return new Negotiator({ headers: { accept } }).mediaTypes().map((type) => type.toLowerCase());
}
