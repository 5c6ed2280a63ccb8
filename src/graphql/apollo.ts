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
  /** Formats an error that occurred during execution. */
  readonly present: (error: GraphQLError) => GraphQLFormattedError;
  readonly log: Log;
}

/** Length of a SHA-256 hash in hexadecimal. */
const HASH_LENGTH = 64;

/**
 * Creates the Apollo Server that executes queries and mutations. It parses a document again only if the document is no longer
 * in the cache, or larger than the cache.
 */
export function createApolloServer(options: ApolloOptions) {
  const { schema, limits, introspection, documents, formatError, log } = options;
  return new ApolloServer<RequestContext>({
    schema,
    formatError,
    introspection,
    parseOptions: { maxTokens: limits.tokens },
    documentStore: {
      // The key consists of the hash of the schema and the hash of the source.
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
      // Cache control takes 29% of the CPU time of a large response, for headers that no client reads.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      compiledQueries(options),
    ],
  });
}

/** Executes compiled queries. Apollo Server executes all other operations. */
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

/** Logs the first line of Apollo Server's messages. In GraphQL errors, the other lines quote the client's document. */
function apolloLogger(log: Log) {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({}, String(message).replace(/\n.*/s, ''));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
