import { type DocumentNode, GraphQLError, Lexer, parse, Source, TokenKind } from 'graphql';
import { limitError } from './limit-error.js';
import type { QueryLimits } from './limits.js';
import { measure } from './measure.js';

/** GraphQL's algorithms are recursive. */
const MAX_NESTING = 1_000;
/** The tokens of a document that is over the limit are counted up to so many times the limit. */
const COUNTED = 10;

/**
 * Parses a document, and checks what can be checked before it is validated.
 * @returns What is wrong; null for what is no GraphQL, which is told by what executes it.
 */
export function readDocument(text: string, limits: QueryLimits): DocumentNode | GraphQLError | null {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: limits.tokens });
  } catch {
    return tokenFault(text, limits.tokens);
  }
  return sizeFault(document, limits) ?? document;
}

function sizeFault(document: DocumentNode, limits: QueryLimits): GraphQLError | null {
  const measured = measureOrOverflow(document);
  if (!measured || measured.nesting > MAX_NESTING)
    return new GraphQLError('the document is nested too deep', {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
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
function tokenFault(text: string, max: number): GraphQLError | null {
  const lexer = new Lexer(new Source(text));
  let actual = 0;
  try {
    while (actual < max * COUNTED && lexer.advance().kind !== TokenKind.EOF) actual += 1;
  } catch {
    // What cannot be read after the limit does not matter.
  }
  return actual > max ? limitError('tokens', max, actual) : null;
}
