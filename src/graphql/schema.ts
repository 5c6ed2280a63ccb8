import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { guardFields } from './field-guards.js';
import { portkeyPromptResolvers } from './resolvers/portkey-prompt.js';
import { promptResolvers } from './resolvers/prompt.js';
import { replicationResolvers } from './resolvers/replication.js';
import { scalarResolvers } from './resolvers/scalars.js';
import { tuneResolvers } from './resolvers/tune.js';
import { scopeCheck } from './scopes.js';
import { textCheck } from './text-check.js';

const SCHEMA_FOLDER = new URL('../../../schema/', import.meta.url);

/** The SDL of schema/, all files. */
export function readTypeDefs(): string {
  const files = readdirSync(SCHEMA_FOLDER).filter((name) => name.endsWith('.graphql'));
  return files.map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8')).join('\n');
}

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
