import { GraphQLError } from 'graphql';
import type { QueryLimits } from './limits/limits.js';
import { readDocument } from './limits/read-document.js';
import { rootDirectiveError } from './root-directives.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** What in a request says which document it is about, as the client gave it. */
export interface DocumentRequest {
  readonly query?: unknown;
  readonly extensions?: unknown;
  /** The document's id: by GraphQL over HTTP, by Relay, and by Relay's first servers. */
  readonly documentId?: unknown;
  readonly doc_id?: unknown;
  readonly id?: unknown;
}

/** What takes the place of the same in the request. */
export interface AdmittedDocument {
  readonly query?: string | undefined;
  readonly extensions?: Record<string, unknown>;
}

const ID_NAMES = ['documentId', 'doc_id', 'id'] as const;

/**
 * Decides which documents are executed, for every transport, before Apollo Server validates them: those that are within the
 * limits and, where only such are taken, trusted. Where a request has a text that is what counts, else the id.
 */
export class Documents {
  readonly #limits: QueryLimits;
  readonly #trusted: TrustedDocuments | null;

  constructor(limits: QueryLimits, trusted: TrustedDocuments | null) {
    this.#limits = limits;
    this.#trusted = trusted;
  }

  /** The same for a body, which has what it is executed by put into it. */
  admitBody(body: unknown): unknown {
    if (typeof body !== 'object' || body === null) return body;
    const admitted = this.admit(body);
    return admitted instanceof GraphQLError ? admitted : { ...body, ...admitted };
  }

  /** @returns Why it is refused. What Apollo Server refuses and explains is admitted as it is. */
  admit(request: DocumentRequest): AdmittedDocument | GraphQLError {
    const { query } = request;
    if (typeof query === 'string' && query !== '') return this.#refusal(query) ?? {};
    const id = idOf(request);
    if (id === null) return {};
    const { persistedQuery, ...extensions } = recordOf(request.extensions);
    const text = this.#trusted?.textOf(id);
    // Trusted documents have been checked when they were read.
    if (text !== undefined) return { query: text, extensions };
    return {
      query: undefined,
      extensions: { ...extensions, persistedQuery: persistedQuery ?? { version: 1, sha256Hash: id } },
    };
  }

  #refusal(text: string): GraphQLError | null {
    if (this.#trusted?.mode === 'only') return this.#trusted.has(text) ? null : untrusted();
    const document = readDocument(text, this.#limits);
    return document === null || document instanceof GraphQLError ? document : rootDirectiveError(document);
  }
}

function idOf({ extensions, ...request }: DocumentRequest): string | null {
  const { persistedQuery } = recordOf(extensions);
  const { version, sha256Hash } = recordOf(persistedQuery);
  if (persistedQuery !== undefined)
    return version === 1 && typeof sha256Hash === 'string' ? sha256Hash : null;
  const name = ID_NAMES.find((each) => typeof request[each] === 'string' && request[each] !== '');
  return name === undefined ? null : String(request[name]);
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** By the code that Apollo Router has for it. */
const untrusted = () =>
  new GraphQLError(
    'this gateway executes trusted documents alone, and this is none of them: send the id of one',
    {
      extensions: { code: 'QUERY_NOT_IN_SAFELIST' },
    },
  );
