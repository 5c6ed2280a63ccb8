import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import type { DocumentNode } from 'graphql';

/** Capacity for parsed documents, in bytes of JSON. In memory a document takes four to five times as much. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
/** Capacity for persisted queries, in characters. */
const MAX_PERSISTED_CHARACTERS = 4 * 1024 * 1024;

/** Keeps parsed and validated documents. */
export const documentCache = () => new InMemoryLRUCache<DocumentNode>({ maxSize: MAX_DOCUMENT_BYTES });

/** Keeps the strings of persisted queries. */
export const persistedQueryCache = () => new InMemoryLRUCache<string>({ maxSize: MAX_PERSISTED_CHARACTERS });
