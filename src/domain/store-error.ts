/**
 * What the gateway keeps cannot be read or written now, such as on a full disk. The message is safe to show: it has
 * no path in it.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
