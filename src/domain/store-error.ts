/**
 * Thrown when the gateway's store cannot be read, written or waited for at the moment, for example because the disk is
 * full. The message is safe to show: it contains no path.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
