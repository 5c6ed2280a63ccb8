import { createHash } from 'node:crypto';
import { type Mark, newMark } from './marks.js';

/** A tune of the sandbox. */
export const TUNE = '2690418';
/** What is written in another way in JSON and in an address. Of words with a `<` the gateway would show nothing at all. */
const ODD = { before: 'k"', after: '\\%+/=&$' };

export const keys = {
  ownAstria: newMark('the own key for Astria', ODD),
  ownPortkey: newMark('the own key for Portkey', ODD),
  callersAstria: newMark("a caller's key for Astria", ODD),
  callersPortkey: newMark("a caller's key for Portkey", ODD),
  refused: newMark('a key that an upstream refuses', ODD),
  long: newMark('a key that is too long', { after: 'x'.repeat(600) }),
  huge: newMark('a key that no head has room for', { after: 'x'.repeat(20_000) }),
  broken: newMark('a key of two lines'),
  foreign: newMark('a key that is not ASCII', { after: 'é' }),
};
export const tokens = {
  full: newMark('a token', { before: 'pg_', after: '+/==' }),
  reader: newMark('a token that may only read', { before: 'pg_' }),
  unknown: newMark('a token that is not known', { before: 'pg_', after: '~' }),
  malformed: newMark('a token that is none', { before: 'pg "' }),
  inAddress: newMark('a token in an address'),
  inCookie: newMark('a token in a cookie'),
  inBasic: newMark('a password'),
  inOperation: newMark('a token in the JSON of a request'),
  inPath: newMark('a token in a path'),
};
/** What a client puts where it belongs into a request, and gets back with the answer. */
export const data = {
  text: newMark('a text'),
  fileName: newMark('the name of a file'),
  content: newMark('the content of a file'),
  idempotencyKey: newMark('an idempotency key'),
  id: newMark('an id'),
  operation: newMark('the name of an operation', { before: 'q' }),
  field: newMark('the name of a field', { before: 'f' }),
  header: newMark('the value of a header'),
};
/** A secret of others, in the words of an upstream. */
export const elsewhere = newMark('a secret of others');
/** Has to be kept until the gateway has called it. */
export const callback = newMark('a callback with a secret');
export const secrets: Mark[] = [...Object.values(keys), ...Object.values(tokens), elsewhere];

export const withToken = { authorization: `Bearer ${tokens.full.text}` };
export const withKeys = {
  'x-astria-api-key': keys.callersAstria.text,
  'x-portkey-api-key': keys.callersPortkey.text,
};
export const IN_FILE = [
  { name: 'full', mark: tokens.full, scopes: ['read', 'create', 'replicate'] },
  { name: 'reader', mark: tokens.reader, scopes: ['read'] },
];
export const hashOf = ({ text }: Mark) => createHash('sha256').update(text).digest('hex');
