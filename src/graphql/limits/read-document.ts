import { type DocumentNode, GraphQLError, Lexer, parse, Source, TokenKind } from 'graphql';
import { rootDirectiveError } from '../root-directives.js';
import { limitError } from './limit-error.js';
import type { QueryLimits } from './limits.js';
import { measure } from './measure.js';

/** GraphQL's algorithms are recursive. */
const MAX_NESTING = 1_000;
/** The tokens of a document that is over the limit are counted up to so many times the limit. */
const COUNTED = 10;
const NESTED_TOO_DEEP = 'the document is nested too deep';

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
