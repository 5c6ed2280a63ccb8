import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { type DocumentNode, TokenKind } from 'graphql';

/** Capacity for parsed documents, in estimated bytes of memory. */
export const MAX_DOCUMENT_BYTES = 20 * 1024 * 1024;
/** Capacity for persisted queries, in characters. */
const MAX_PERSISTED_CHARACTERS = 4 * 1024 * 1024;

/** Bytes of memory per character of a document's JSON, as measured. */
const BYTES_PER_JSON_CHARACTER = 5;
const BYTES_PER_SOURCE_CHARACTER = 2;
/** Bytes of memory of a comment's token without its text, which is part of the source. */
const BYTES_PER_COMMENT = 100;

/** Keeps parsed and validated documents. */
export const documentCache = () =>
  new InMemoryLRUCache<DocumentNode>({ maxSize: MAX_DOCUMENT_BYTES, sizeCalculation: memoryOf });

/** Keeps the strings of persisted queries. */
export const persistedQueryCache = () => new InMemoryLRUCache<string>({ maxSize: MAX_PERSISTED_CHARACTERS });

/**
 * Estimates the memory of a parsed document, in bytes. Its JSON shows neither the source nor the tokens that it keeps, and
 * the parser's limit on tokens leaves comments out.
 */
function memoryOf(document: DocumentNode): number {
  let comments = 0;
  for (let token = document.loc?.startToken ?? null; token; token = token.next)
    if (token.kind === TokenKind.COMMENT) comments += 1;
  return (
    JSON.stringify(document).length * BYTES_PER_JSON_CHARACTER +
    (document.loc?.source.body.length ?? 0) * BYTES_PER_SOURCE_CHARACTER +
    comments * BYTES_PER_COMMENT
  );
}
