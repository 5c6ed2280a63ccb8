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

/**
 * What a scalar does, under the name and with the description that schema/ gives it: what a resolver says of either
 * would replace them in the schema that is served.
 */
function behaviourOf(name: string, scalar: GraphQLScalarType): GraphQLScalarType {
  const renamed = new GraphQLScalarType({ ...scalar.toConfig(), name });
  Reflect.deleteProperty(renamed, 'description');
  return renamed;
}

export const scalarResolvers: Resolvers = {
  DateTime: behaviourOf('DateTime', DateTimeISOResolver),
  JSON: behaviourOf('JSON', JSONResolver),
  JSONObject: behaviourOf('JSONObject', JSONObjectResolver),
  SafeInt: behaviourOf('SafeInt', SafeIntResolver),
  URL: behaviourOf('URL', URLScalar),
  Upload: behaviourOf('Upload', GraphQLUpload),
};
