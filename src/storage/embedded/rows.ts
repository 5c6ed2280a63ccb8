import type Database from 'libsql';

/** Thrown if a string in the store is not valid UTF-8 or JSON. The file is damaged, or another program has written to it. */
export class BrokenTextError extends Error {
  override readonly name = 'BrokenTextError';
}

/** Value of a column. */
export type Value = string | number | null;

/** Row for an object. Booleans are stored as 0 and 1, objects as JSON. */
export type Row<T> = {
  readonly [K in keyof T]: T[K] extends boolean
    ? number
    : T[K] extends Value
      ? T[K]
      : string | Extract<T[K], null>;
};

/** Returns the columns and values of the fields that are not undefined. The column of `waitsFor` is `waits_for`. */
export function columnsOf(fields: object): [columns: string[], values: Value[]] {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const columns = given.map(([name]) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return [columns, given.map(([, value]) => toValue(value))];
}

/** Converts a boolean to 0 or 1 and an object to JSON. Returns any other value unchanged. */
export function toValue(value: Value | boolean | object): Value {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Prepares a query that returns strings as bytes, for {@link decodeText}. libsql aborts the process if a string is not UTF-8
 * (libsql issue 1223).
 */
export function readable(database: Database.Database, sql: string): Database.Statement {
  const columns = database
    .prepare(sql)
    .columns()
    .map(({ name }) => `"${name}"`);
  const bytes = columns.map(
    (name) => `iif(typeof(${name}) = 'text', CAST(${name} AS BLOB), ${name}) AS ${name}`,
  );
  return database.prepare(`SELECT ${bytes.join(', ')} FROM (${sql})`);
}

/** Prefix of columns that {@link decodeText} does not decode. If such a column is damaged, the row stays readable. */
export const BYTES = 'bytes_';

/** Replaces the bytes in a row with strings. @throws BrokenTextError */
export function decodeText(row: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(row))
    if (value instanceof ArrayBuffer && !name.startsWith(BYTES)) row[name] = decoded(value, name);
}

/** Parses a column. Returns null for null. @throws BrokenTextError */
export function parseJson(value: string | null, column: string) {
  try {
    return value === null ? null : JSON.parse(value);
  } catch {
    throw new BrokenTextError(`The column ${column} holds a string that is not JSON.`);
  }
}

/** Decodes UTF-8. @throws BrokenTextError */
export function decoded(bytes: ArrayBuffer, column: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BrokenTextError(`The column ${column} holds a string that is not UTF-8.`);
  }
}
