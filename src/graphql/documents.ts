import {
  type ASTVisitor,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  specifiedRules,
  type ValidationContext,
  type ValidationRule,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { QueryLimits } from './limits/limits.js';
import { readDocument } from './limits/read-document.js';
import {
  isRecord,
  malformed,
  OperationRejectedError,
  type OperationRequest,
  rejected,
} from './operation-request.js';
import { DocumentCache, ParsedDocument } from './parsed-document.js';
import type { TrustedDocuments } from './trusted-documents.js';

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: QueryLimits;
  readonly trusted: TrustedDocuments | null;
  /** Allows introspection, and suggestions of schema names in errors. */
  readonly introspection: boolean;
  readonly formatError: (error: GraphQLError) => GraphQLFormattedError;
}

/** Maximum length of all persisted queries together, in characters. */
const MAX_PERSISTED_CHARACTERS = 4 * 1024 * 1024;

const ID_NAMES = ['documentId', 'doc_id', 'id'] as const;

/**
 * Finds the document of a request by source, hash or id. It rejects documents over the limits, and untrusted ones if only
 * trusted documents are accepted.
 */
export class Documents {
  readonly #options: DocumentsOptions;
  readonly #cache = new DocumentCache();
  /** Sources by hash, or null if clients may not register queries. */
  readonly #persisted: LRUCache<string, string> | null;
  readonly #rules: readonly ValidationRule[];

  constructor(options: DocumentsOptions) {
    const { trusted, introspection } = options;
    this.#options = options;
    const sizes = { maxSize: MAX_PERSISTED_CHARACTERS, sizeCalculation: (source: string) => source.length };
    this.#persisted = trusted?.mode === 'only' ? null : new LRUCache(sizes);
    this.#rules = introspection ? specifiedRules : [...specifiedRules, introspectionIsOff];
  }

  /**
   * Finds the document of a request. If the request has both a source and an id, the source is used.
   * @throws OperationRejectedError
   */
  find(request: OperationRequest): ParsedDocument {
    const { query } = request;
    if (!query) return this.#byId(request);
    const hash = persistedHash(request);
    const { trusted } = this.#options;
    if (trusted?.mode === 'only' && !trusted.sourceSet.has(query)) throw untrusted();
    const document = this.#parse(query);
    if (hash !== null && hash !== document.hash)
      throw malformed('sha256Hash does not match the query. Send the SHA-256 hash of the query.');
    return document;
  }

  /**
   * Validates a document that {@link find} has returned. Only valid documents are cached.
   * @throws OperationRejectedError
   */
  validate(document: ParsedDocument): void {
    if (this.#cache.get(document.source) === document) return;
    const { schema, formatError } = this.#options;
    const errors = validate(schema, document.ast, this.#rules);
    if (errors.length > 0) throw new OperationRejectedError(errors.map(formatError), 'not-executable');
    this.#cache.add(document);
  }

  /** Stores the document under its hash if the request is for a persisted query. */
  persist(request: OperationRequest, { source, hash }: ParsedDocument): void {
    if (request.query && request.extensions?.persistedQuery) this.#persisted?.set(hash, source);
  }

  /** Returns a document from the cache, which only contains valid ones. */
  byHash(hash: string): ParsedDocument | undefined {
    return this.#cache.byHash(hash);
  }

  #byId(request: OperationRequest): ParsedDocument {
    const id = idOf(request);
    if (id === null) throw malformed('The request names no document. Send a query, or the id of a document.');
    const source = this.#options.trusted?.sources.get(id) ?? this.#persisted?.get(id);
    if (source !== undefined) return this.#parse(source);
    const extensions = { code: 'PERSISTED_QUERY_NOT_FOUND' };
    throw rejected({ message: 'PersistedQueryNotFound', extensions }, 'unknown-document');
  }

  #parse(source: string): ParsedDocument {
    const cached = this.#cache.get(source);
    if (cached) return cached;
    const { schema, limits, formatError } = this.#options;
    const ast = readDocument(source, limits);
    if (ast instanceof GraphQLError) throw rejected(formatError(ast), 'not-executable');
    return new ParsedDocument(source, ast, schema);
  }
}

/**
 * Returns the hash of a persisted query, or null for another request. An invalid hash becomes the empty string, which matches
 * no document.
 * @throws OperationRejectedError for another version of the protocol.
 */
function persistedHash({ extensions }: OperationRequest): string | null {
  const persistedQuery = extensions?.persistedQuery;
  if (!persistedQuery) return null;
  const { version, sha256Hash }: Record<string, unknown> = isRecord(persistedQuery) ? persistedQuery : {};
  if (version !== 1) throw malformed('The version of a persisted query must be 1.');
  return typeof sha256Hash === 'string' ? sha256Hash : '';
}

/** Returns the id of the document of a request without a source, or null if there is none. */
function idOf(request: OperationRequest): string | null {
  const hash = persistedHash(request);
  if (hash !== null) return hash;
  const name = ID_NAMES.find((each) => typeof request[each] === 'string' && request[each] !== '');
  return name === undefined ? null : String(request[name]);
}

/** Builds the error for an untrusted document, with the code of Apollo Router. */
function untrusted(): OperationRejectedError {
  const message = 'Only trusted documents are accepted. Send a document id.';
  return rejected({ message, extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }, 'not-executable');
}

function introspectionIsOff(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return;
      const message = 'Introspection is disabled. Remove __schema and __type from the document.';
      context.reportError(new GraphQLError(message, { nodes: node }));
    },
  };
}
