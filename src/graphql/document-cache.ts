import { type DocumentNode, TokenKind } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ParsedDocument } from './parsed-document.js';

/** Capacity for parsed documents, in estimated bytes of memory. */
export const MAX_DOCUMENT_BYTES = 20 * 1024 * 1024;
/** Capacity for persisted queries, in characters. */
const MAX_PERSISTED_CHARACTERS = 4 * 1024 * 1024;

/** Bytes of memory per character of a document's JSON, as measured. */
const BYTES_PER_JSON_CHARACTER = 5;
const BYTES_PER_SOURCE_CHARACTER = 2;
/** Bytes of memory of a comment's token without its text, which is part of the source. */
const BYTES_PER_COMMENT = 100;

/** Keeps parsed documents, by their source and by its hash. */
export class DocumentCache {
  readonly #byHash = new Map<string, ParsedDocument>();
  readonly #bySource = new LRUCache<string, ParsedDocument>({
    maxSize: MAX_DOCUMENT_BYTES,
    sizeCalculation: ({ ast }) => memoryOf(ast),
    dispose: ({ hash }) => this.#byHash.delete(hash),
  });

  get(source: string): ParsedDocument | undefined {
    return this.#bySource.get(source);
  }

  byHash(hash: string): ParsedDocument | undefined {
    return this.#byHash.get(hash);
  }

  add(document: ParsedDocument): void {
    this.#bySource.set(document.source, document);
    // One that is larger than the whole cache is not kept.
    if (this.#bySource.has(document.source)) this.#byHash.set(document.hash, document);
  }
}

/** Keeps the sources of persisted queries by their hashes. */
export const persistedQueries = () =>
  new LRUCache<string, string>({
    maxSize: MAX_PERSISTED_CHARACTERS,
    sizeCalculation: (source) => source.length,
  });

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
