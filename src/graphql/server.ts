import { readdirSync, readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { Log } from '../domain/log.js';
import type { RequestContext } from './context.js';
import { errorFormatter } from './error-mapping.js';
import { portkeyPromptResolvers } from './resolvers/portkey-prompt.js';
import { promptResolvers } from './resolvers/prompt.js';
import { replicationResolvers } from './resolvers/replication.js';
import { scalarResolvers } from './resolvers/scalars.js';
import { tuneResolvers } from './resolvers/tune.js';

const SCHEMA_FOLDER = new URL('../../../schema/', import.meta.url);

/** The SDL of schema/, all files. */
export function readTypeDefs(): string {
  const files = readdirSync(SCHEMA_FOLDER).filter((name) => name.endsWith('.graphql'));
  return files.map((name) => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8')).join('\n');
}

/** Apollo Server with the gateway's schema; http/ brings it requests. */
export function createGraphQLServer(log: Log): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    typeDefs: readTypeDefs(),
    resolvers: [
      scalarResolvers,
      tuneResolvers,
      promptResolvers,
      portkeyPromptResolvers,
      replicationResolvers,
    ],
    formatError: errorFormatter(log),
    csrfPrevention: true,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    cache: 'bounded',
    logger: quiet(log),
    nodeEnv: 'production',
    plugins: [
      // Costs 29% of the CPU of a large answer, for headers that nobody reads.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/** Apollo Server's own messages in our log. */
function quiet(log: Log) {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({}, String(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
