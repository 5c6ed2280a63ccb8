import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { DateTimeISOResolver, JSONObjectResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars';
import GraphQLUpload from 'graphql-upload/GraphQLUpload.mjs';
import type { Resolvers } from '../__generated__/resolvers.js';

/**
 * Takes any text: whether it is an http or https address is for the services to check, so that it is reported together
 * with the other faults of an input. What an upstream gives as an address is passed on as it is.
 */
const URLScalar = new GraphQLScalarType<string, unknown>({
  name: 'URL',
  parseValue: toText,
  parseLiteral: (node) => toText(node.kind === Kind.STRING ? node.value : undefined),
});

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('URL must be a string');
}

export const scalarResolvers: Resolvers = {
  DateTime: DateTimeISOResolver,
  JSON: JSONResolver,
  JSONObject: JSONObjectResolver,
  SafeInt: SafeIntResolver,
  URL: URLScalar,
  Upload: GraphQLUpload,
};
