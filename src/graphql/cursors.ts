import { InvalidArgumentError } from '../domain/user-error.js';

/** The lists that have cursors; a cursor of one means nothing to another. */
export type CursorKind = 'tune' | 'prompt' | 'portkey-prompt' | 'replication' | 'replication-item';

/** What a cursor may carry: ids of Astria, positions, and ids of jobs. */
const VALUES: Readonly<Record<CursorKind, RegExp>> = {
  tune: /^[1-9]\d{0,14}$/,
  prompt: /^[1-9]\d{0,14}$/,
  'portkey-prompt': /^\d{1,9}$/,
  replication: /^[0-9a-f-]{36}$/,
  'replication-item': /^\d{1,9}$/,
};

/** An opaque cursor. */
export function encodeCursor(kind: CursorKind, value: string | number): string {
  return Buffer.from(`${kind}:${value}`).toString('base64url');
}

/** @returns What the cursor carries, undefined where none was given. @throws InvalidArgumentError for any other text. */
export function decodeCursor(kind: CursorKind, cursor: string | null | undefined): string | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const [found, value, ...more] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  const isOurs = found === kind && value !== undefined && VALUES[kind].test(value) && more.length === 0;
  // Decoding is lenient, so a cursor counts only when it is what encoding gives.
  if (!isOurs || encodeCursor(kind, value) !== cursor) {
    throw new InvalidArgumentError(
      'after is no cursor of this list: give an endCursor or a cursor of an edge, unchanged',
    );
  }
  return value;
}
