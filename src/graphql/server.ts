import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Log } from '../domain/log.js';
import type { RequestContext } from './context.js';
import { documentCache, persistedQueryCache } from './document-cache.js';
import { Documents } from './documents.js';
import { errorFormatter } from './error-mapping.js';
import type { GraphQLServer } from './graphql-server.js';
import { costLimit } from './limits/cost-limit.js';
import type { QueryLimits } from './limits/limits.js';
import { handOverSubscriptions } from './subscriptions.js';
import type { TrustedDocuments } from './trusted-documents.js';

export interface GraphQLServerOptions {
  readonly limits: QueryLimits;
  readonly trusted: TrustedDocuments | null;
  /** Whether clients may ask for the schema, and are told what they may have meant. */
  readonly introspection: boolean;
}

/** Where nothing may be registered. */
const NOTHING_PERSISTED = {
  cache: {
    get: async () => undefined,
    set: async () => {},
    delete: async () => false,
  },
};
const INTROSPECTION_IS_OFF = 'introspection is off: this gateway does not show its schema';

/** Apollo Server with the gateway's schema; http/ brings it requests. */
export function createGraphQLServer(
  schema: GraphQLSchema,
  log: Log,
  { limits, trusted, introspection }: GraphQLServerOptions,
  ...plugins: readonly ApolloServerPlugin<RequestContext>[]
): GraphQLServer {
  const formatError = errorFormatter(log);
  const apollo = new ApolloServer<RequestContext>({
    schema,
    formatError: introspection
      ? formatError
      : (formatted, error) => withoutHints(formatted, formatError(formatted, error)),
    csrfPrevention: true,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    parseOptions: { maxTokens: limits.tokens },
    ...(trusted?.mode === 'only' && { persistedQueries: NOTHING_PERSISTED }),
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    cache: persistedQueryCache(),
    documentStore: documentCache(),
    logger: quiet(log),
    nodeEnv: 'production',
    plugins: [
      // Costs 29% of the CPU of a large answer, for headers that nobody reads.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      handOverSubscriptions,
      costLimit(limits.cost),
      ...plugins,
    ],
  });
  return { apollo, documents: new Documents(limits, trusted), showsSchema: introspection };
}

/** GraphQL suggests names of the schema; Apollo Server takes them out of what validation says, and not of the rest. */
function withoutHints(
  { extensions }: GraphQLFormattedError,
  shown: GraphQLFormattedError,
): GraphQLFormattedError {
  const isIntrospecting = extensions?.validationErrorCode === 'INTROSPECTION_DISABLED';
  const message = isIntrospecting ? INTROSPECTION_IS_OFF : shown.message.replace(/ ?Did you mean .*$/s, '');
  return { ...shown, message };
}

/** Apollo Server's own messages in our log. GraphQL's errors show the client's document from their second line on. */
function quiet(log: Log) {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({}, String(message).replace(/\n.*/s, ''));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
