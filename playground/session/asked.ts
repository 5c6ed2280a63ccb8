import type { FetcherParams } from '@graphiql/toolkit';
import { type DocumentNode, getOperationAST, Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { Operation } from '../gateway/gateway.js';

/** What GraphiQL is to send. */
export interface Asked {
  readonly operation: Operation;
  readonly document: DocumentNode;
  /** Null where there is none, or the document cannot be read: the gateway says what is wrong with it. */
  readonly definition: OperationDefinitionNode | null;
}

const UNREADABLE: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/** @param headers Those of the headers editor; their values may be of any type. */
export function readAsked(
  { query, operationName: named, variables }: FetcherParams,
  headers: Record<string, unknown> | undefined,
): Asked {
  const document = readDocument(query);
  // Right after another tab was opened GraphiQL still names the operation of the one before.
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
