import type { GraphQLFormattedError } from 'graphql';

/**
 * Reason for which nothing was executed: the request is not one of GraphQL's, its document or variables cannot be executed,
 * or its persisted document is unknown.
 */
export type RejectionKind = 'malformed' | 'not-executable' | 'unknown-document';

/** An operation that was rejected before it was executed. Its errors are fit for a client. */
export class OperationRejectedError extends Error {
  override readonly name = 'OperationRejectedError';
  constructor(
    readonly errors: readonly GraphQLFormattedError[],
    readonly kind: RejectionKind,
  ) {
    super('the operation was rejected');
  }
}

export function rejected(error: GraphQLFormattedError, kind: RejectionKind): OperationRejectedError {
  return new OperationRejectedError([error], kind);
}
