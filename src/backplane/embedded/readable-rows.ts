import type Database from 'libsql';

/** A string in the record is not UTF-8: the file was damaged, or written by another program. */
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

/** Makes strings of the bytes in a row. @throws BrokenTextError */
export function decodeText(row: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(row))
    if (value instanceof ArrayBuffer) row[name] = decoded(value, name);
}

function decoded(bytes: ArrayBuffer, column: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BrokenTextError(`${column} holds a string that is not UTF-8`);
  }
}
