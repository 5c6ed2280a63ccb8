import { createHash } from 'node:crypto';
import {
  type DocumentNode,
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

  constructor(source: string, ast: DocumentNode, schema: GraphQLSchema) {
    this.source = source;
    this.ast = ast;
    this.hash = sha256(source);
    this.#operations = ast.definitions.filter(isOperation).map((node) => ({
      name: node.name?.value,
      type: node.operation,
      cost: costFunction(schema, ast, node),
    }));
  }

  /** Returns the operation of a name, or the only one; null where there is no such operation. */
  operation(name: string | undefined): ParsedOperation | null {
    const [first, ...others] = this.#operations;
    if (name === undefined) return first && others.length === 0 ? first : null;
    return this.#operations.find((operation) => operation.name === name) ?? null;
  }
}

const sha256 = (source: string): string => createHash('sha256').update(source).digest('hex');

function isOperation(definition: DocumentNode['definitions'][number]): definition is OperationDefinitionNode {
  return definition.kind === Kind.OPERATION_DEFINITION;
}

/** Computes the cost of an operation without variables once. */
function costFunction(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ParsedOperation['cost'] {
  const compute = (variables: Readonly<Record<string, unknown>>) =>
    costOf({ schema, document, operation, variables });
  if (operation.variableDefinitions?.length) return compute;
  let cost: number | undefined;
  return () => {
    cost ??= compute({});
    return cost;
  };
}
