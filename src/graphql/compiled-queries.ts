import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  visit,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from './context.js';
import { documentStats } from './limits/document-stats.js';
import type { ParsedDocument, ParsedOperation } from './parsed-document.js';

/** Number of executions after which a query is compiled. Compiling costs less than these executions. */
const COMPILED_AFTER = 20;
/** Maximum number of fields of a compiled query, with fragments expanded. Compiling 200 fields takes about 20 ms. */
const MAX_FIELDS = 200;
/** Maximum number of fields of all compiled queries together. A field takes about 15 KB. */
const MAX_ALL_FIELDS = 2_000;

type Query = CompiledQuery['query'];

/**
 * Creates a function that executes frequent queries as compiled code (graphql-jit). It returns null if the query is not
 * compiled, or if its variables have errors.
 */
export function compiledExecutor(schema: GraphQLSchema) {
  const counts = new WeakMap<ParsedOperation, number>();
  const compiled = new LRUCache<ParsedOperation, Query>({ maxSize: MAX_ALL_FIELDS });

  async function compile({ ast }: ParsedDocument, operation: ParsedOperation): Promise<Query | null> {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    if (operation.type !== 'query' || count !== COMPILED_AFTER || !isCompilable(ast)) return null;
    try {
      const { compileQuery, isCompiledQuery } = await import('graphql-jit');
      const code = compileQuery(schema, ast, operation.name, { disablingCapturingStackErrors: true });
      if (!isCompiledQuery(code)) return null;
      compiled.set(operation, code.query, { size: Math.max(1, documentStats(ast).fields) });
      return code.query;
    } catch {
      // graphql-js executes the query instead.
      return null;
    }
  }

  return async (
    document: ParsedDocument,
    operation: ParsedOperation,
    variables: Readonly<Record<string, unknown>>,
    contextValue: RequestContext,
  ): Promise<ExecutionResult | null> => {
    const query = compiled.get(operation) ?? (await compile(document, operation));
    // The compiled code accepts some variables that graphql-js rejects.
    if (!query || getVariableValues(schema, operation.variables, variables).errors) return null;
    const result = await query(undefined, contextValue, variables);
    return 'data' in result ? result : null;
  };
}

/**
 * Returns true if compiled code has the same results as graphql-js for a document. Compiled code loses a field named
 * `__proto__`, can reorder conditional fields, and passes null for a variable that is omitted inside an object or a list.
 */
export function isCompilable(ast: DocumentNode): boolean {
  if (documentStats(ast).fields > MAX_FIELDS) return false;
  let isExact = true;
  visit(ast, {
    enter(node, _key, _parent, _path, ancestors) {
      const isInside = (kinds: readonly string[]) =>
        ancestors.some((ancestor) => 'kind' in ancestor && kinds.includes(ancestor.kind));
      if (node.kind === Kind.DIRECTIVE) isExact = false;
      if (node.kind === Kind.NAME && node.value === '__proto__') isExact = false;
      if (node.kind === Kind.VARIABLE && isInside([Kind.OBJECT, Kind.LIST])) isExact = false;
    },
  });
  return isExact;
}
