import { InvalidArgumentError } from '../domain/user-error.js';

/** Maximum length of a string in a filter, which becomes part of an upstream URL. */
const MAX_TEXT = 255;
/** Maximum number of values in a list of a filter. */
const MAX_LIST = 50;
/** Maximum page size. */
export const MAX_FIRST = 500;

/** Returns the page size. @throws InvalidArgumentError unless it is 1 to MAX_FIRST. */
export function checkFirst(first: number | null | undefined, byDefault: number): number {
  const count = first ?? byDefault;
  if (count < 1 || count > MAX_FIRST) throw new InvalidArgumentError(`first must be 1 to ${MAX_FIRST}.`);
  return count;
}

/** Returns the filter, empty by default. @throws InvalidArgumentError if a string or a list in it is too long. */
export function checkFilter<F extends object>(filter: F | null | undefined): F | Record<string, never> {
  for (const [name, value] of Object.entries(filter ?? {})) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    if (values.length > MAX_LIST)
      throw new InvalidArgumentError(`${name} must have at most ${MAX_LIST} items.`);
    if (values.some((item) => typeof item === 'string' && item.length > MAX_TEXT)) {
      throw new InvalidArgumentError(`${name} must have at most ${MAX_TEXT} characters.`);
    }
  }
  return filter ?? {};
}

/** Connection of the GraphQL schema. Edges and cursors are only created if they are requested. */
export interface Connection<T> {
  readonly nodes: readonly T[];
  readonly edges: readonly { cursor: string; node: T }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/** Converts a page to a connection. `after` is the cursor of the request. */
export function toConnection<T>(
  { items, hasNextPage }: { readonly items: readonly T[]; readonly hasNextPage: boolean },
  cursorOf: (item: T, index: number) => string,
  after: string | null | undefined,
): Connection<T> {
  const cursorAt = (index: number) => {
    const item = items[index];
    return item === undefined ? null : cursorOf(item, index);
  };
  return {
    nodes: items,
    get edges() {
      return items.map((node, index) => ({ cursor: cursorOf(node, index), node }));
    },
    get pageInfo() {
      const [startCursor, endCursor] = [cursorAt(0), cursorAt(items.length - 1)];
      return { hasNextPage, hasPreviousPage: after != null, startCursor, endCursor };
    },
  };
}

/** Kinds of lists. A cursor of one kind is invalid for another. */
export type CursorKind = 'tune' | 'prompt' | 'portkey-prompt' | 'replication' | 'replication-item';

/** Formats of the values in cursors: Astria's ids, positions, and ids of jobs. */
const VALUES: Readonly<Record<CursorKind, RegExp>> = {
  tune: /^[1-9]\d{0,14}$/,
  prompt: /^[1-9]\d{0,14}$/,
  'portkey-prompt': /^\d{1,9}$/,
  replication: /^[0-9a-f-]{36}$/,
  'replication-item': /^\d{1,9}$/,
};

/** Returns an opaque cursor. */
export function encodeCursor(kind: CursorKind, value: string | number): string {
  return Buffer.from(`${kind}:${value}`).toString('base64url');
}

/** Returns the value of a cursor, or undefined without a cursor. @throws InvalidArgumentError if it is invalid. */
export function decodeCursor(kind: CursorKind, cursor: string | null | undefined): string | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const [cursorKind, value, ...more] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  const isValid = cursorKind === kind && value !== undefined && VALUES[kind].test(value) && more.length === 0;
  // Decoding is lenient, so a cursor is only valid if encoding its value returns the same cursor.
  if (!isValid || encodeCursor(kind, value) !== cursor) {
    throw new InvalidArgumentError(
      'The cursor in after does not belong to this list. Send an endCursor or the cursor of an edge, unchanged.',
    );
  }
  return value;
}

/** Like {@link decodeCursor}, for cursors whose values are numbers. */
export function decodeNumber(kind: CursorKind, cursor: string | null | undefined): number | undefined {
  const value = decodeCursor(kind, cursor);
  return value === undefined ? undefined : Number(value);
}
