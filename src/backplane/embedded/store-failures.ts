import { StoreError } from '../../domain/store-error.js';

/** The store is used after it was closed. */
export function closedError(): StoreError {
  return new StoreError('The gateway is stopping. Repeat the request when it runs again.');
}

/** Returns true where another process or thread has the lock that is needed. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}

/** Returns what a failure says to a client: it has no path in it. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC')
    return 'the record of this gateway cannot be written: its disk is full';
  if (code.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return 'the record of this gateway cannot be written: it may only read its DATA_DIR';
  // libsql has no code for a file that cannot be opened.
  if (error instanceof Error && error.message.includes('Unable to open'))
    return 'the record of this gateway cannot be opened: it needs the right to write to its DATA_DIR';
  return 'the record of this gateway cannot be written or read: its log says why';
}
