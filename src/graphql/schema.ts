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

/** The SDL of schema/, all files. */
export function readTypeDefs(): string {
  const files = readdirSync(SCHEMA_FOLDER).filter((name) => name.endsWith('.graphql'));
  return files.map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8')).join('\n');
}

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
  throw new GraphQLError('URL must be a string.');
}

/**
 * Returns a scalar without a description, under the name in schema/. The description of a resolver would replace that of
 * schema/ in the served schema.
 */
function behaviourOf(name: string, scalar: GraphQLScalarType): GraphQLScalarType {
  const renamed = new GraphQLScalarType({ ...scalar.toConfig(), name });
  Reflect.deleteProperty(renamed, 'description');
  return renamed;
}

const scalarResolvers: Resolvers = {
  DateTime: behaviourOf('DateTime', DateTimeISOResolver),
  JSON: behaviourOf('JSON', JSONResolver),
  JSONObject: behaviourOf('JSONObject', JSONObjectResolver),
  SafeInt: behaviourOf('SafeInt', SafeIntResolver),
  URL: behaviourOf('URL', URLScalar),
  Upload: behaviourOf('Upload', GraphQLUpload),
};

let created: GraphQLSchema | null = null;

/** Returns the gateway's schema with its resolvers, which ask for the scopes that it names. It never changes. */
export function createSchema(): GraphQLSchema {
  created ??= buildSchema();
  return created;
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
