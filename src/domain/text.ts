const UNUSABLE = /[\0\p{Surrogate}]/u;

/** Returns true for a string that a database would change: NUL truncates it, and a lone surrogate has no UTF-8 encoding. */
export function isUnusableText(text: string): boolean {
  return UNUSABLE.test(text);
}

/** Ends a message with a full stop, so that another sentence can follow. */
export function withFullStop(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}
