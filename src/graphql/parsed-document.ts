import { hash } from 'node:crypto';
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  TokenKind,
  type VariableDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { costOf } from './limits/cost.js';

/** Operation of a document. */
export interface ParsedOperation {
  readonly name: string | undefined;
  readonly type: OperationTypeNode;
  readonly variables: readonly VariableDefinitionNode[];
  /** Returns the cost with the variables of one request. The document must be valid. */
  cost(variables: Readonly<Record<string, unknown>>): number;
}

/** Document with everything that does not depend on variables, computed once. */
export class ParsedDocument {
  readonly source: string;
  readonly ast: DocumentNode;
  /** SHA-256 hash of the source in hexadecimal, which identifies persisted queries. */
  readonly hash: string;
  readonly #operations: readonly ParsedOperation[];

  constructor(source: string, ast: DocumentNode, schema: GraphQLSchema) {
    this.source = source;
    this.ast = ast;
    this.hash = hash('sha256', source, 'hex');
    this.#operations = ast.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? parsedOperation(schema, ast, node) : [],
    );
  }

  /** Returns the operation with this name, or the only operation if no name is given. Returns null if there is none. */
  operation(name: string | undefined): ParsedOperation | null {
    const [first, ...others] = this.#operations;
    if (name === undefined) return first && others.length === 0 ? first : null;
    return this.#operations.find((operation) => operation.name === name) ?? null;
  }
}

function parsedOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ParsedOperation {
  const { name, operation: type, variableDefinitions: variables = [] } = operation;
  const compute = (values: Readonly<Record<string, unknown>>) =>
    costOf({ schema, document, operation, variables: values });
  let fixedCost: number | undefined;
  const cost: ParsedOperation['cost'] = (values) => {
    if (variables.length > 0) return compute(values);
    fixedCost ??= compute({});
    return fixedCost;
  };
  return { name: name?.value, type, variables, cost };
}

/** Capacity for parsed documents, in estimated bytes of memory. */
export const MAX_DOCUMENT_BYTES = 20 * 1024 * 1024;

/** Bytes of memory per character of a document's JSON, as measured. */
const BYTES_PER_JSON_CHARACTER = 5;
const BYTES_PER_SOURCE_CHARACTER = 2;
/** Bytes of memory of a comment token, without its text, which is part of the source. */
const BYTES_PER_COMMENT = 100;

/** Caches parsed documents by source and by hash. */
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
    // A document that is larger than the whole cache was not added.
    if (this.#bySource.has(document.source)) this.#byHash.set(document.hash, document);
  }
}

/**
 * Estimates the memory of a parsed document, in bytes. Its JSON contains neither the source nor the tokens that it retains,
 * and the parser's token limit does not count comments.
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
