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
    super('The operation was rejected.');
  }
}

export function rejected(error: GraphQLFormattedError, kind: RejectionKind): OperationRejectedError {
  return new OperationRejectedError([error], kind);
}

/** A GraphQL request as a client sends it, checked for its form alone. */
export interface OperationRequest {
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
  /** The document's id: by GraphQL over HTTP, by Relay, and by Relay's first servers. */
  readonly documentId?: unknown;
  readonly doc_id?: unknown;
  readonly id?: unknown;
}

/**
 * Checks the form of a request.
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

/** A request that is not one of GraphQL's. */
export function malformed(message: string): OperationRejectedError {
  return rejected({ message, extensions: { code: 'BAD_REQUEST' } }, 'malformed');
}

const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
