const UNUSABLE = /[\0\p{Surrogate}]/u;

/** Returns true for a string that a database changes: it cuts a string at NUL, and half a surrogate pair has no UTF-8. */
export function isUnusableText(text: string): boolean {
  return UNUSABLE.test(text);
}

/** Ends a message with a full stop, so that another sentence can follow. */
export function withFullStop(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}
