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
import { limitError, type QueryLimits } from './limits.js';
import { fragmentsOf, measure } from './measure.js';

/** GraphQL's algorithms are recursive. */
const MAX_NESTING = 1_000;
/** The tokens of a document that is over the limit are counted up to so many times the limit. */
const COUNTED = 10;
const NESTED_TOO_DEEP = 'The document is nested too deeply. Reduce the nesting.';

/** Parses a document, and checks what can be checked before it is validated. Returns an error where either fails. */
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

/** Null where it does not fit on the stack. */
function measureOrOverflow(document: DocumentNode) {
  try {
    return measure(document);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Null where it is something else that cannot be parsed. */
function tokenError(source: string, max: number): GraphQLError | null {
  const lexer = new Lexer(new Source(source));
  let actual = 0;
  try {
    while (actual < max * COUNTED && lexer.advance().kind !== TokenKind.EOF) actual += 1;
  } catch {
    // What cannot be read after the limit does not matter.
  }
  return actual > max ? limitError('tokens', max, actual) : null;
}

/**
 * Rejects @skip and @include at the root of a subscription, as the specification does. graphql-js does not check that, and
 * its validation throws if the condition is a variable.
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

/** Not recursive: fragments can be nested deeper than a stack. */
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
    // Each fragment once: it may even contain itself, which validation reports.
    if (selection.kind === Kind.FRAGMENT_SPREAD) fragments.delete(selection.name.value);
    for (const each of inner?.selectionSet.selections ?? []) pending.push(each);
  }
  return null;
}
