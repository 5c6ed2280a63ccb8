import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from './context.js';
import type { ParsedDocument, ParsedOperation } from './parsed-document.js';

/** Executions after which a query is compiled: compiling costs as much as some ten of them. */
const COMPILED_AFTER = 20;
/** A longer query would take more than 20 ms to compile, and some 2 MB. */
const MAX_CHARACTERS = 4_000;
const MAX_COMPILED = 100;

/**
 * Executes queries that are sent often as compiled code (graphql-jit). Mutations are too rare.
 */
export class CompiledQueries {
  readonly #schema: GraphQLSchema;
  readonly #counts = new WeakMap<ParsedOperation, number>();
  readonly #compiled = new LRUCache<ParsedOperation, CompiledQuery['query']>({ max: MAX_COMPILED });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** Executes a query; null if it is not compiled, or if its variables have errors. */
  async execute(
    document: ParsedDocument,
    operation: ParsedOperation,
    variables: Readonly<Record<string, unknown>>,
    contextValue: RequestContext,
  ): Promise<ExecutionResult | null> {
    const query = this.#compiled.get(operation) ?? (await this.#compile(document, operation));
    const result = await query?.(undefined, contextValue, variables);
    return result && 'data' in result ? result : null;
  }

  async #compile({ source, ast }: ParsedDocument, operation: ParsedOperation) {
    const count = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, count);
    if (operation.type !== 'query' || count !== COMPILED_AFTER || !isCompilable(source)) return undefined;
    const { compileQuery, isCompiledQuery } = await import('graphql-jit');
    const compiled = compileQuery(this.#schema, ast, operation.name, { disablingCapturingStackErrors: true });
    if (!isCompiledQuery(compiled)) return undefined;
    this.#compiled.set(operation, compiled.query);
    return compiled.query;
  }
}

/**
 * Returns true for documents whose compiled form has the results of graphql-js. It loses a field that is named `__proto__`,
 * and orders fields differently that are skipped in one place and selected in another.
 */
export function isCompilable(source: string): boolean {
  return source.length <= MAX_CHARACTERS && !source.includes('__proto__') && !source.includes('@');
}
