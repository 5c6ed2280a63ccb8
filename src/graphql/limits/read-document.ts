import {
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  Lexer,
  parse,
  type SelectionNode,
  Source,
  TokenKind,
} from 'graphql';
import { documentStats, fragmentsOf } from './document-stats.js';
import { limitError, type QueryLimits } from './limits.js';

/** Maximum nesting. GraphQL's algorithms are recursive and would overflow the stack. */
const MAX_NESTING = 1_000;
/** Multiple of the token limit at which counting stops. */
const MAX_COUNTED = 10;
const NESTED_TOO_DEEP = 'The document is nested too deeply. Reduce the nesting.';

/** Parses a document and makes the checks that come before validation. Returns an error if either fails. */
export function readDocument(source: string, limits: QueryLimits): DocumentNode | GraphQLError {
  let document: DocumentNode;
  try {
    document = parse(source, { maxTokens: limits.tokens });
  } catch (error) {
    return tokenError(source, limits.tokens) ?? syntaxError(error);
  }
  return sizeError(document, limits) ?? rootDirectiveError(document) ?? document;
}

function syntaxError(error: unknown): GraphQLError {
  const extensions = { code: 'GRAPHQL_PARSE_FAILED' };
  if (error instanceof RangeError) return new GraphQLError(NESTED_TOO_DEEP, { extensions });
  if (!(error instanceof GraphQLError)) throw error;
  const { message, source, positions } = error;
  return new GraphQLError(message, { source, positions, extensions });
}

function sizeError(document: DocumentNode, limits: QueryLimits): GraphQLError | null {
  const measured = measureOrOverflow(document);
  if (!measured || measured.nesting > MAX_NESTING)
    return new GraphQLError(NESTED_TOO_DEEP, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  for (const name of ['depth', 'aliases', 'rootFields'] as const)
    if (measured[name] > limits[name]) return limitError(name, limits[name], measured[name]);
  return null;
}

/** Returns null if measuring overflows the stack. */
function measureOrOverflow(document: DocumentNode) {
  try {
    return documentStats(document);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Returns the error for a document over the token limit, or null if it fails to parse for another reason. */
function tokenError(source: string, max: number): GraphQLError | null {
  const lexer = new Lexer(new Source(source));
  let actual = 0;
  try {
    while (actual < max * MAX_COUNTED && lexer.advance().kind !== TokenKind.EOF) actual += 1;
  } catch {
    // The count ends at a syntax error.
  }
  return actual > max ? limitError('tokens', max, actual) : null;
}

/**
 * Returns an error for @skip or @include at the root of a subscription, which the specification forbids. graphql-js does not
 * check that, and its validation throws if the condition is a variable.
 */
export function rootDirectiveError(document: DocumentNode): GraphQLError | null {
  const directive = conditionAtRoot(document);
  if (!directive) return null;
  const message = `A subscription must select one field without @${directive.name.value}. Remove the directive.`;
  return new GraphQLError(message, {
    nodes: directive,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}

/** Not recursive, because fragments can be nested more deeply than the stack allows. */
function conditionAtRoot(document: DocumentNode): DirectiveNode | null {
  const fragments = fragmentsOf(document);
  const pending: SelectionNode[] = [];
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'subscription')
      for (const selection of definition.selectionSet.selections) pending.push(selection);
  for (let selection = pending.pop(); selection; selection = pending.pop()) {
    const found = selection.directives?.find(({ name }) => /^(skip|include)$/.test(name.value));
    if (found) return found;
    if (selection.kind === Kind.FIELD) continue;
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    // Visit each fragment once. Validation reports a fragment that contains itself.
    if (selection.kind === Kind.FRAGMENT_SPREAD) fragments.delete(selection.name.value);
    for (const each of inner?.selectionSet.selections ?? []) pending.push(each);
  }
  return null;
}
