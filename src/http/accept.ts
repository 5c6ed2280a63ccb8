import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

/** The response formats that a client accepts. */
export interface AcceptedFormats {
  /** Preferred stream format, or null. */
  readonly stream: 'sse' | 'multipart' | null;
  /** Preferred content type of a single result, or null. */
  readonly single: string | null;
  /** True for a client that asks for application/json and no stream: its status says only that the request could be read. */
  readonly plainJson: boolean;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
const SINGLE_TYPES = [JSON_TYPE, 'application/graphql-response+json; charset=utf-8'];
const ANY: AcceptedFormats = { stream: null, single: JSON_TYPE, plainJson: false };

/** Clients send few different headers; the longest of them have some 200 characters. */
const known = new LRUCache<string, AcceptedFormats>({ max: 200 });
const MAX_KNOWN_CHARACTERS = 500;

/** Reads an Accept header (RFC 9110, 12.5.1). Of two types with the same q the first counts. */
export function acceptedFormats(accept: string | undefined): AcceptedFormats {
  if (accept === undefined) return ANY;
  const found = known.get(accept) ?? parseAccept(accept);
  if (accept.length <= MAX_KNOWN_CHARACTERS) known.set(accept, found);
  return found;
}

function parseAccept(accept: string): AcceptedFormats {
  let stream: AcceptedFormats['stream'] = null;
  let best = 0;
  let plainJson = false;
  for (const { type, parameters } of mediaRanges(accept)) {
    const q = quality(parameters.get('q'));
    if (q === 0) continue;
    if (type === 'application/json') plainJson = true;
    const format = streamFormat(type, parameters);
    if (format && q > best) {
      stream = format;
      best = q;
    }
  }
  const single = new Negotiator({ headers: { accept } }).mediaType(SINGLE_TYPES) ?? null;
  return { stream, single, plainJson: plainJson && stream === null && single === JSON_TYPE };
}

function streamFormat(type: string, parameters: ReadonlyMap<string, string>): AcceptedFormats['stream'] {
  if (type === 'text/event-stream') return 'sse';
  // Without the parameter it is what clients ask for to be given @defer.
  return type === 'multipart/mixed' && parameters.has('subscriptionspec') ? 'multipart' : null;
}

/** What is no number from 0 to 1 counts as if it were not there. */
function quality(value: string | undefined): number {
  return value !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : 1;
}

function mediaRanges(accept: string): { type: string; parameters: Map<string, string> }[] {
  return splitOutsideQuotes(accept, ',').map((range) => {
    const [type = '', ...rest] = splitOutsideQuotes(range, ';');
    const parameters = new Map<string, string>();
    for (const each of rest) {
      const [name = '', ...value] = each.split('=');
      parameters.set(name.trim().toLowerCase(), value.join('=').trim().replace(/^"|"$/g, ''));
    }
    return { type: type.trim().toLowerCase(), parameters };
  });
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts = [''];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
