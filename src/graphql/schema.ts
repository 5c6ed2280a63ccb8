import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, GraphQLScalarType, type GraphQLSchema, Kind } from 'graphql';
import { DateTimeISOResolver, JSONObjectResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars';
import GraphQLUpload from 'graphql-upload/GraphQLUpload.mjs';
import type { Resolvers } from './__generated__/resolvers.js';
import { guardFields, scopeCheck } from './field-guards.js';
import { portkeyPromptResolvers } from './resolvers/portkey-prompt.js';
import { promptResolvers } from './resolvers/prompt.js';
import { replicationResolvers } from './resolvers/replication.js';
import { tuneResolvers } from './resolvers/tune.js';
import { textCheck } from './text-check.js';

const SCHEMA_FOLDER = new URL('../../../schema/', import.meta.url);

/** Returns the SDL of all files in schema/. */
export function readTypeDefs(): string {
  const files = readdirSync(SCHEMA_FOLDER).filter((name) => name.endsWith('.graphql'));
  return files.map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8')).join('\n');
}

/**
 * Scalar that accepts any string. The services check it, so that an invalid URL is reported together with the other errors of
 * an input.
 */
const URLScalar = new GraphQLScalarType<string, unknown>({
  name: 'URL',
  parseValue: toStringValue,
  parseLiteral: (node) => toStringValue(node.kind === Kind.STRING ? node.value : undefined),
});

function toStringValue(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('URL must be a string.');
}

/**
 * Returns a scalar without a description, under the name in schema/. Its description would replace that of schema/ in the
 * served schema.
 */
function withoutDescription(name: string, scalar: GraphQLScalarType): GraphQLScalarType {
  const renamed = new GraphQLScalarType({ ...scalar.toConfig(), name });
  Reflect.deleteProperty(renamed, 'description');
  return renamed;
}

const scalarResolvers: Resolvers = {
  DateTime: withoutDescription('DateTime', DateTimeISOResolver),
  JSON: withoutDescription('JSON', JSONResolver),
  JSONObject: withoutDescription('JSONObject', JSONObjectResolver),
  SafeInt: withoutDescription('SafeInt', SafeIntResolver),
  URL: withoutDescription('URL', URLScalar),
  Upload: withoutDescription('Upload', GraphQLUpload),
};

let cachedSchema: GraphQLSchema | null = null;

/** Returns the gateway's schema with resolvers that check scopes. Builds it once. */
export function createSchema(): GraphQLSchema {
  cachedSchema ??= buildSchema();
  return cachedSchema;
}

function buildSchema(): GraphQLSchema {
  const schema = makeExecutableSchema({
    typeDefs: readTypeDefs(),
    resolvers: [
      scalarResolvers,
      tuneResolvers,
      promptResolvers,
      portkeyPromptResolvers,
      replicationResolvers,
    ],
  });
  guardFields(schema, textCheck);
  guardFields(schema, scopeCheck(schema));
  return schema;
}
