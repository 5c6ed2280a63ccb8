import type { FetcherParams } from '@graphiql/toolkit';
import { type DocumentNode, getOperationAST, Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { Operation } from '../gateway/gateway.js';

/** Parsed request of GraphiQL. */
export interface ParsedRequest {
  readonly operation: Operation;
  readonly document: DocumentNode;
  /** Operation to run, or null if there is none or the document is invalid. The gateway reports the error. */
  readonly definition: OperationDefinitionNode | null;
}

const UNREADABLE: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/** @param headers Headers of the headers editor, with values of any type. */
export function parseRequest(
  { query, operationName: named, variables }: FetcherParams,
  headers: Record<string, unknown> | undefined,
): ParsedRequest {
  const document = readDocument(query);
  // Just after a change of tabs, GraphiQL still names the operation of the previous tab.
  const definition = getOperationAST(document, named) ?? getOperationAST(document);
  const operationName = definition?.name?.value ?? named ?? null;
  const operation = {
    query,
    operationName,
    variables: Object(variables),
    headers: readHeaders(headers),
  };
  return { operation, document, definition: definition ?? null };
}

export function readHeaders(headers: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}

function readDocument(query: string): DocumentNode {
  try {
    return parse(query);
  } catch {
    return UNREADABLE;
  }
}
