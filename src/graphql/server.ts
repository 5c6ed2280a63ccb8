import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Log } from '../domain/log.js';
import type { RequestContext } from './context.js';
import { errorFormatter } from './error-mapping.js';
import { handOverSubscriptions } from './subscriptions.js';

/** Apollo Server with the gateway's schema; http/ brings it requests. */
export function createGraphQLServer(schema: GraphQLSchema, log: Log): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
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
      handOverSubscriptions,
    ],
  });
}

/** Apollo Server's own messages in our log. GraphQL's errors show the client's document from their second line on. */
function quiet(log: Log) {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({}, String(message).replace(/\n.*/s, ''));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
