import type Database from 'libsql';

/** A string in the record is not UTF-8, or not JSON where it has to be: the file was damaged, or written by another program. */
export class BrokenTextError extends Error {
  override readonly name = 'BrokenTextError';
}

/** A value of a column. */
export type Value = string | number | null;

/** An object as a row holds it: flags as 0 and 1, objects as JSON. */
export type Row<T> = {
  readonly [K in keyof T]: T[K] extends boolean
    ? number
    : T[K] extends Value
      ? T[K]
      : string | Extract<T[K], null>;
};

/** Returns the columns of the fields that are given, such as `waits_for` of `waitsFor`, with their values. */
export function columnsOf(fields: object): [columns: string[], values: Value[]] {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const columns = given.map(([name]) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return [columns, given.map(([, value]) => toValue(value))];
}

/** Returns a flag as 0 or 1, an object as JSON, and any other value as it is. */
export function toValue(value: Value | boolean | object): Value {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Prepares a query whose strings come as bytes, for {@link decodeText}. libsql ends the process where a string is not UTF-8
 * (its issue 1223).
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

/** Prefix of the columns that {@link decodeText} leaves as bytes, so that damage to one leaves the row readable. */
export const BYTES = 'bytes_';

/** Makes strings of the bytes in a row. @throws BrokenTextError */
export function decodeText(row: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(row))
    if (value instanceof ArrayBuffer && !name.startsWith(BYTES)) row[name] = decoded(value, name);
}

/** Parses a column. Null stays null. @throws BrokenTextError */
export function parseJson(value: string | null, column: string) {
  try {
    return value === null ? null : JSON.parse(value);
  } catch {
    throw new BrokenTextError(`The column ${column} holds a string that is not JSON.`);
  }
}

/** @throws BrokenTextError */
export function decoded(bytes: ArrayBuffer, column: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BrokenTextError(`The column ${column} holds a string that is not UTF-8.`);
  }
}
