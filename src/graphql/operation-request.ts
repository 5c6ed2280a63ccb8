import type { GraphQLFormattedError } from 'graphql';

/** Reason for a rejection. A malformed request is not a GraphQL request. */
export type RejectionKind = 'malformed' | 'not-executable' | 'unknown-document';

/** Rejection of an operation before its execution. The errors are safe to send to the client. */
export class OperationRejectedError extends Error {
  override readonly name = 'OperationRejectedError';
  constructor(
    readonly errors: readonly GraphQLFormattedError[],
    readonly kind: RejectionKind,
  ) {
    super('The operation was rejected.');
  }
}

export function rejected(error: GraphQLFormattedError, kind: RejectionKind): OperationRejectedError {
  return new OperationRejectedError([error], kind);
}

/** GraphQL request of a client. Only its structure has been checked. */
export interface OperationRequest {
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
  /** Id of the document. GraphQL over HTTP, Relay, and the first servers for Relay use different names. */
  readonly documentId?: unknown;
  readonly doc_id?: unknown;
  readonly id?: unknown;
}

/**
 * Checks the structure of a request and returns it.
 * @throws OperationRejectedError
 */
export function parseOperationRequest(body: unknown): OperationRequest {
  if (Array.isArray(body))
    throw malformed('Batches are not supported. Send each operation in its own request.');
  if (!isRecord(body) || Object.keys(body).length === 0)
    throw malformed('The body of the request must be a JSON object with a query or the id of a document.');
  const { query, operationName, variables, extensions } = body;
  if (query && typeof query !== 'string') throw malformed('query must be a string.');
  if (!isNullish(operationName) && typeof operationName !== 'string')
    throw malformed('operationName must be a string.');
  if (!isNullish(variables) && !isRecord(variables)) throw malformed('variables must be a JSON object.');
  if (!isNullish(extensions) && !isRecord(extensions)) throw malformed('extensions must be a JSON object.');
  return body;
}

/** Builds the error for a request that is not a GraphQL request. */
export function malformed(message: string): OperationRejectedError {
  return rejected({ message, extensions: { code: 'BAD_REQUEST' } }, 'malformed');
}

const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
