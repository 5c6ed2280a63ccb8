/** The kinds of faults that a caller can mend (`UserErrorCode` in the schema). */
export type UserErrorCode =
  | 'INVALID'
  | 'REQUIRED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'UPSTREAM_REJECTED'
  | 'OUTCOME_UNKNOWN';

/** A fault that the caller can mend; `field` is the path into the arguments, null when it is of no single one. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly field: readonly string[] | null;
}

/** An argument of a query that cannot be used: a top-level `BAD_USER_INPUT`, as queries have no payload to carry it. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError';
}
