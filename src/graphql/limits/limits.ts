import { GraphQLError } from 'graphql';

/** Limits of one operation. */
export interface QueryLimits {
  /** Tokens of the document, as counted by graphql-js. */
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** Number of fields, each multiplied by the sizes of the lists around it. */
  readonly cost: number;
}

const EXCEEDED: Readonly<Record<keyof QueryLimits, (actual: string) => string>> = {
  tokens: (actual) => `The document has ${actual} tokens`,
  depth: (actual) => `The document is ${actual} fields deep`,
  aliases: (actual) => `The document has ${actual} aliases, counted wherever a fragment is spread`,
  rootFields: (actual) => `The operation has ${actual} fields at its root`,
  cost: (actual) => `The operation costs ${actual}`,
};
const ADVICE: Readonly<Record<keyof QueryLimits, string>> = {
  tokens: 'Split the document.',
  depth: 'Nest fewer fields.',
  aliases: 'Send several operations.',
  rootFields: 'Send several operations.',
  cost: 'Request fewer items.',
};

/** Builds the error for a document over a limit. For programs, `extensions.limit` contains the limit and the actual value. */
export function limitError(name: keyof QueryLimits, max: number, actual: number): GraphQLError {
  const message = `${EXCEEDED[name](grouped(actual))}, but the limit is ${grouped(max)}. ${ADVICE[name]}`;
  return new GraphQLError(message, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: { name, max, actual } },
  });
}

const grouped = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
