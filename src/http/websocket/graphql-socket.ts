import type { IncomingHttpHeaders } from 'node:http';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { CloseCode, type Context, makeServer, type SubscribePayload, type WebSocket } from 'graphql-ws';
import { TaskGroup } from '../../async/task-group.js';
import { MASKED } from '../../graphql/error-mapping.js';
import type { GraphQLServer } from '../../graphql/graphql-server.js';
import { OperationRejectedError, rejected } from '../../graphql/operation-request.js';
import { ResultStream, TOKEN_EXPIRED } from '../../graphql/result-stream.js';
import type { AuthenticatedRequest } from '../access/access.js';
import { RequestScope, type ScopeOptions } from '../graphql/request-scope.js';
import { type AdmissionQueue, OVERLOADED } from '../limits/load-shedder.js';
import type { RateLimiter } from '../limits/rate-limits.js';
import { badRequest, RequestError, toGraphQLError } from '../request-error.js';

export interface GraphQLSocketOptions extends ScopeOptions {
  readonly graphql: GraphQLServer;
  readonly rates: RateLimiter;
  readonly queue: AdmissionQueue;
}

/** An open WebSocket. */
export interface OpenSocket extends WebSocket {
  readonly headers: IncomingHttpHeaders;
  /** IP address of its client. */
  readonly address: string;
}

export type GraphQLSocketServer = ReturnType<typeof graphqlSockets>;

/** State of a connection. */
interface Connection {
  readonly socket: OpenSocket;
  /** Caller, or null until it has authenticated. */
  authenticated: AuthenticatedRequest | null;
  /** Running queries and mutations. */
  readonly active: TaskGroup;
}

/** Maximum number of concurrent operations on one WebSocket. */
const MAX_OPERATIONS = 100;
/** Time for the client to send connection_init, in milliseconds. */
const INIT_MS = 5_000;
const GOING_AWAY = 1001;
export const CLOSING = 'The gateway is shutting down. Connect again.';
const MASKED_ERROR: GraphQLFormattedError = {
  message: MASKED,
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};
/** Error that is sent to the client unchanged. */
class ClientError extends GraphQLError {
  constructor(readonly formatted: GraphQLFormattedError) {
    super(formatted.message);
  }
  override toJSON(): GraphQLFormattedError {
    return this.formatted;
  }
}

/** Implements the protocol graphql-transport-ws. The caller opens the WebSockets. */
export function graphqlSockets(options: GraphQLSocketOptions) {
  const { graphql, services, access, rates, queue } = options;
  const open = new Set<Connection>();
  let isClosing = false;

  const authenticate = async (
    connection: Connection,
    parameters: Record<string, unknown>,
  ): Promise<boolean> => {
    const { socket } = connection;
    try {
      connection.authenticated = await access.authenticate(socket.headers, parameters);
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const isUnauthenticated = error.code === 'UNAUTHENTICATED';
      socket.close(isUnauthenticated ? CloseCode.Forbidden : CloseCode.BadRequest, error.message);
      return false;
    }
  };

  /** @throws OperationRejectedError, or RequestError because of the state of the WebSocket or of the gateway. */
  const prepare = async (
    { extra: connection, subscriptions }: Context<Params, Connection>,
    request: SubscribePayload,
  ): Promise<ExecutionArgs> => {
    const { authenticated } = connection;
    if (isClosing) throw badRequest(CLOSING);
    if (!authenticated) throw badRequest('The connection is not initialized. Send connection_init first.');
    if (Object.keys(subscriptions).length > MAX_OPERATIONS)
      throw badRequest(`A WebSocket runs at most ${MAX_OPERATIONS} operations. Wait until one of them ends.`);
    const refusal = await rates.refusal(connection.socket.address, authenticated.rateLimitKey);
    if (refusal) throw refusal;
    const found = graphql.find(request);
    const slot = queue.acquire(found.type === 'query');
    if (!(await slot.isAdmitted)) throw OVERLOADED;
    const release = () => slot.release();
    const scope = new RequestScope(services, authenticated);
    const { signal } = scope.abortController;
    signal.addEventListener('abort', release, { once: true });
    try {
      // The client may have disconnected while the operation waited.
      if (isClosing || !open.has(connection)) throw badRequest(CLOSING);
      if (!scope.isStillAuthorized()) throw rejected(TOKEN_EXPIRED, 'malformed');
      const operation = graphql.check(found);
      if (operation.type === 'subscription') release();
      else watchEnd(signal, connection.active);
      return {
        schema: graphql.schema,
        document: operation.document.ast,
        operationName: operation.operationName,
        contextValue: graphql.stream(operation, scope, withErrorObjects),
      };
    } catch (error) {
      release();
      throw error;
    }
  };

  const run = ({ contextValue }: ExecutionArgs): ResultStream<ExecutionResult> => {
    if (contextValue instanceof ResultStream) return contextValue;
    throw new Error('An operation was not prepared.');
  };

  const server = makeServer<Params, Connection>({
    connectionInitWaitTimeout: INIT_MS,
    onConnect: ({ extra, connectionParams = {} }) => authenticate(extra, connectionParams),
    onSubscribe: async (context, _id, request) => {
      try {
        return await prepare(context, request);
      } catch (error) {
        if (error instanceof RequestError) return [new ClientError(toGraphQLError(error))];
        if (error instanceof OperationRejectedError) return error.errors.map((each) => new ClientError(each));
        throw error;
      }
    },
    execute: run,
    subscribe: run,
    onError: (_context, _id, _request, errors) => errors.flatMap(toClientErrors),
  });

  return {
    /** Serves a WebSocket. Returns a function to call when it has closed. */
    serve(socket: OpenSocket) {
      const onMessage = (handle: (text: string) => Promise<void>) =>
        socket.onMessage(async (text) => {
          try {
            await handle(text);
          } catch (error) {
            const reason = error instanceof Error ? error.message : 'unknown';
            services.log.warn({ reason }, 'A WebSocket message could not be processed.');
            socket.close(CloseCode.BadRequest, 'Invalid message received');
          }
        });
      const connection = { socket, authenticated: null, active: new TaskGroup() };
      open.add(connection);
      const closed = server.opened({ ...socket, onMessage }, connection);
      return (code: number, reason: string): void => {
        open.delete(connection);
        void closed(code, reason);
      };
    },
    /** Rejects new operations. Closes each WebSocket when its queries and mutations have ended, or after `timeoutMs`. */
    async close(timeoutMs: number): Promise<void> {
      isClosing = true;
      const closings = [...open].map(async ({ socket, active }) => {
        await active.idle(timeoutMs);
        socket.close(GOING_AWAY, 'Going away');
      });
      await Promise.all(closings);
    },
  };
}

type Params = Record<string, unknown> | undefined;

/** Counts an operation as active until it has ended and its result has been sent. */
function watchEnd(signal: AbortSignal, active: TaskGroup): void {
  active.start();
  signal.addEventListener('abort', () => setImmediate(() => active.end()), { once: true });
}

function withErrorObjects({ errors, ...result }: FormattedExecutionResult): ExecutionResult {
  return { ...result, ...(errors && { errors: errors.map((error) => new ClientError(error)) }) };
}

/** Formats an error of an operation without a result for the client. */
function toClientErrors(error: GraphQLError): readonly GraphQLFormattedError[] {
  if (error instanceof ClientError) return [error.toJSON()];
  return error.originalError instanceof OperationRejectedError ? error.originalError.errors : [MASKED_ERROR];
}
