import { createHash } from 'node:crypto';
import { type Canary, newCanary } from './canaries.js';

/** A tune of the sandbox. */
export const TUNE = '2690418';
/** Characters that JSON and URLs encode. There is no `<`, because the gateway hides messages that contain it. */
const ODD = { before: 'k"', after: '\\%+/=&$' };

export const keys = {
  ownAstria: newCanary('the own key for Astria', ODD),
  ownPortkey: newCanary('the own key for Portkey', ODD),
  callersAstria: newCanary("a caller's key for Astria", ODD),
  callersPortkey: newCanary("a caller's key for Portkey", ODD),
  refused: newCanary('a key that an upstream rejects', ODD),
  long: newCanary('a key that is too long', { after: 'x'.repeat(600) }),
  huge: newCanary('a key larger than a request head', { after: 'x'.repeat(20_000) }),
  broken: newCanary('a key of two lines'),
  foreign: newCanary('a key that is not ASCII', { after: 'é' }),
};
export const tokens = {
  full: newCanary('a token', { before: 'pg_', after: '+/==' }),
  reader: newCanary('a token that may only read', { before: 'pg_' }),
  unknown: newCanary('an unknown token', { before: 'pg_', after: '~' }),
  malformed: newCanary('a malformed token', { before: 'pg "' }),
  inUrl: newCanary('a token in a URL'),
  inCookie: newCanary('a token in a cookie'),
  inBasic: newCanary('a password'),
  inOperation: newCanary('a token in the JSON of a request'),
  inPath: newCanary('a token in a path'),
};
/** Request data that a response may contain. */
export const data = {
  text: newCanary('a text'),
  fileName: newCanary('the name of a file'),
  content: newCanary('the content of a file'),
  idempotencyKey: newCanary('an idempotency key'),
  id: newCanary('an id'),
  operation: newCanary('the name of an operation', { before: 'q' }),
  field: newCanary('the name of a field', { before: 'f' }),
  header: newCanary('the value of a header'),
};
/** Secret of a third party in a message of an upstream. */
export const elsewhere = newCanary('a secret of a third party');
/** The store keeps this URL until the gateway has called it. */
export const callback = newCanary('a callback with a secret');
export const secrets: Canary[] = [...Object.values(keys), ...Object.values(tokens), elsewhere];

export const withToken = { authorization: `Bearer ${tokens.full.text}` };
export const withKeys = {
  'x-astria-api-key': keys.callersAstria.text,
  'x-portkey-api-key': keys.callersPortkey.text,
};
export const IN_FILE = [
  { name: 'full', canary: tokens.full, scopes: ['read', 'create', 'replicate'] },
  { name: 'reader', canary: tokens.reader, scopes: ['read'] },
];
export const hashOf = ({ text }: Canary) => createHash('sha256').update(text).digest('hex');
