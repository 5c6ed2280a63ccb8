/**
 * Thrown when the gateway's record cannot be read, written or waited for now, such as on a full disk. The message is safe to
 * show: it has no path in it.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
