import { hash } from 'node:crypto';
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import { costOf } from './limits/cost.js';

/** An operation of a document. */
export interface ParsedOperation {
  readonly name: string | undefined;
  readonly type: OperationTypeNode;
  readonly variables: readonly VariableDefinitionNode[];
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
    this.hash = hash('sha256', source, 'hex');
    this.#operations = ast.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? parsedOperation(schema, ast, node) : [],
    );
  }

  /** Returns the operation of a name, or the only one; null where there is no such operation. */
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
  const compute = (given: Readonly<Record<string, unknown>>) =>
    costOf({ schema, document, operation, variables: given });
  let fixed: number | undefined;
  const cost: ParsedOperation['cost'] = (given) => {
    if (variables.length > 0) return compute(given);
    fixed ??= compute({});
    return fixed;
  };
  return { name: name?.value, type, variables, cost };
}
