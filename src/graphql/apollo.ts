import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Log } from '../domain/log.js';
import { compiledExecutor } from './compiled-queries.js';
import type { RequestContext } from './context.js';
import type { Documents, DocumentsOptions } from './documents.js';
import type { ErrorFormatter } from './error-mapping.js';

interface ApolloOptions extends Pick<DocumentsOptions, 'schema' | 'limits' | 'introspection'> {
  readonly documents: Documents;
  readonly formatError: ErrorFormatter;
  /** Formats an error of an execution. */
  readonly present: (error: GraphQLError) => GraphQLFormattedError;
  readonly log: Log;
}

/** Length of a SHA-256 in hexadecimal digits. */
const HASH_LENGTH = 64;

/**
 * Creates the Apollo Server that executes queries and mutations. It gets their documents parsed and validated; only one that
 * has just left the cache, or is larger than the cache, is parsed again.
 */
export function createApolloServer(options: ApolloOptions) {
  const { schema, limits, introspection, documents, formatError, log } = options;
  return new ApolloServer<RequestContext>({
    schema,
    formatError,
    introspection,
    parseOptions: { maxTokens: limits.tokens },
    documentStore: {
      // A key is the hash of the schema and that of the source.
      get: async (key) => documents.byHash(key.slice(-HASH_LENGTH))?.ast,
      set: async () => {},
      delete: async () => false,
    },
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: apolloLogger(log),
    nodeEnv: 'production',
    plugins: [
      // Costs 29% of the CPU of a large response, for headers that nobody reads.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      compiledQueries(options),
    ],
  });
}

/** Executes queries that are compiled; Apollo Server itself executes everything else. */
function compiledQueries({ schema, documents, present }: ApolloOptions): ApolloServerPlugin<RequestContext> {
  const executeCompiled = compiledExecutor(schema);
  return {
    requestDidStart: async () => ({
      async responseForOperation({
        queryHash = '',
        request: { operationName, variables = {} },
        contextValue,
      }) {
        const document = documents.byHash(queryHash);
        const operation = document?.operation(operationName);
        if (!document || !operation) return null;
        const result = await executeCompiled(document, operation, variables, contextValue);
        if (!result) return null;
        const { data, errors } = result;
        const singleResult = { ...(errors && { errors: errors.map(present) }), data: data ?? null };
        return { http: { status: 200, headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
      },
    }),
  };
}

/** Writes Apollo Server's messages to our log. GraphQL errors show the client's document from their second line on. */
function apolloLogger(log: Log) {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({}, String(message).replace(/\n.*/s, ''));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
