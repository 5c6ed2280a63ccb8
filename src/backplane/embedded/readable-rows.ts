import type Database from 'libsql';

/** A string in the record is not UTF-8, or not JSON where it has to be: the file was damaged, or written by another program. */
export class BrokenTextError extends Error {
  override readonly name = 'BrokenTextError';
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const prepareAsIs = (database: Database.Database, sql: string): Database.Statement =>
  database.prepare(sql);

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

/** Parses a column. @throws BrokenTextError */
export function parseJson(value: string, column: string) {
  try {
    return JSON.parse(value);
  } catch {
    throw new BrokenTextError(`${column} holds a string that is not JSON`);
  }
}

/** @throws BrokenTextError */
export function decoded(bytes: ArrayBuffer, column: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BrokenTextError(`${column} holds a string that is not UTF-8`);
  }
}
