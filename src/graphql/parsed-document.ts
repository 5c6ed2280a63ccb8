import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import { costOf } from './limits/cost.js';

/** An operation of a document. */
export interface ParsedOperation {
  readonly name: string | undefined;
  readonly type: OperationTypeNode;
  /** Cost with the variables of one request. The document must be valid. */
  cost(variables: Readonly<Record<string, unknown>>): number;
}

/** A document with everything that is known of it without variables, each computed once. */
export class ParsedDocument {
  readonly source: string;
  readonly ast: DocumentNode;
  /** SHA-256 of the source in hexadecimal digits, by which persisted queries are known. */
  readonly hash: string;
  readonly #operations: readonly ParsedOperation[];
  #errors: readonly GraphQLError[] | null = null;

  constructor(source: string, ast: DocumentNode, schema: GraphQLSchema) {
    this.source = source;
    this.ast = ast;
    this.hash = sha256(source);
    this.#operations = ast.definitions.filter(isOperation).map((node) => ({
      name: node.name?.value,
      type: node.operation,
      cost: (variables) => costOf({ schema, document: ast, operation: node, variables }),
    }));
  }

  /** Returns the operation of a name, or the only one; null where there is no such operation. */
  operation(name: string | undefined): ParsedOperation | null {
    const [first, ...others] = this.#operations;
    if (name === undefined) return first && others.length === 0 ? first : null;
    return this.#operations.find((operation) => operation.name === name) ?? null;
  }

  /** Returns the errors of the document by a validation that depends on the document alone. */
  errors(validate: (ast: DocumentNode) => readonly GraphQLError[]): readonly GraphQLError[] {
    this.#errors ??= validate(this.ast);
    return this.#errors;
  }
}

const sha256 = (source: string): string => createHash('sha256').update(source).digest('hex');

function isOperation(definition: DocumentNode['definitions'][number]): definition is OperationDefinitionNode {
  return definition.kind === Kind.OPERATION_DEFINITION;
}
