/** Kinds of errors that a caller can fix (`UserErrorCode` in the schema). */
export type UserErrorCode =
  | 'INVALID'
  | 'REQUIRED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'UPSTREAM_REJECTED'
  | 'OUTCOME_UNKNOWN';

/** An error that the caller can fix. `field` is its path in the arguments, null if it concerns no single one. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly field: readonly string[] | null;
}

/** An invalid argument of a query. It becomes a top-level `BAD_USER_INPUT`, because queries have no payload for errors. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError';
}
