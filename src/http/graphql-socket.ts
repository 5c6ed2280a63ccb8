import type { IncomingHttpHeaders } from 'node:http';
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  GraphQLSchema,
  parse,
} from 'graphql';
import { CloseCode, type Context, makeServer, type SubscribePayload, type WebSocket } from 'graphql-ws';
import { endable } from '../graphql/endable.js';
import { MASKED } from '../graphql/error-mapping.js';
import type { ResultStream } from '../graphql/events.js';
import type { GraphQLServer } from '../graphql/graphql-server.js';
import { executeAsStream, OperationRefused } from '../graphql/subscriptions.js';
import type { Admitted } from './access/access.js';
import { type CallerOptions, newCaller } from './caller.js';
import type { RateLimiter } from './rate-limits.js';
import { type RefusalDetails, RequestError } from './request-error.js';
import { type Intake, isReadOnly, OVERLOADED } from './shedding.js';

export interface GraphQLSocketOptions extends CallerOptions {
  readonly graphql: GraphQLServer;
  readonly rates: RateLimiter;
  readonly intake: Intake;
}

/** A WebSocket that is open. */
export interface OpenSocket extends Pick<WebSocket, 'protocol' | 'close' | 'send'> {
  readonly headers: IncomingHttpHeaders;
  /** Where its client is. */
  readonly address: string;
  onMessage(take: (text: string) => Promise<void>): void;
}

export interface GraphQLSocketServer {
  /** Serves a WebSocket; to be told when it has closed. */
  opened(socket: OpenSocket): (code: number, reason: string) => void;
  /** Takes no operations any more, and closes each WebSocket when its queries and mutations that are under way have ended. */
  finish(patienceMs: number): Promise<void>;
}

/** What is known of a connection. */
interface Connection {
  readonly socket: OpenSocket;
  /** Null until the client has introduced itself. */
  admitted: Admitted | null;
  readonly underWay: UnderWay;
}

/** At once, on one WebSocket. */
const MAX_OPERATIONS = 100;
/** How long a client may take to introduce itself. */
const INIT_MS = 5_000;
const GOING_AWAY = 1001;
const MASKED_ERROR: GraphQLFormattedError = {
  message: MASKED,
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};
/** graphql-ws wants to know what it carries out; it is Apollo Server that knows. */
const CARRIER = { schema: new GraphQLSchema({}), document: parse('{ __typename }') };

/** An error that is shown as it stands. */
class ShownError extends GraphQLError {
  readonly #formatted: GraphQLFormattedError;
  constructor(formatted: GraphQLFormattedError) {
    super(formatted.message);
    this.#formatted = formatted;
  }
  override toJSON(): GraphQLFormattedError {
    return this.#formatted;
  }
}

const refusal = (message: string, code = 'BAD_REQUEST', extensions: RefusalDetails['extensions'] = {}) => [
  new ShownError({ message, extensions: { code, ...extensions } }),
];

/** The protocol graphql-transport-ws, over WebSockets that somebody else opens. */
export function graphqlSockets({
  graphql,
  services,
  access,
  rates,
  intake,
}: GraphQLSocketOptions): GraphQLSocketServer {
  const { log } = services;
  const prepared = new WeakMap<ExecutionArgs, AsyncGenerator<ExecutionResult, void, void>>();
  const open = new Set<Connection>();
  let isClosing = false;

  const introduce = async (connection: Connection, given: Record<string, unknown>): Promise<boolean> => {
    const { socket } = connection;
    try {
      connection.admitted = await access.admit(socket.headers, given);
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const isStranger = error.code === 'UNAUTHENTICATED';
      socket.close(isStranger ? CloseCode.Forbidden : CloseCode.BadRequest, error.message);
      return false;
    }
  };

  const prepare = async (
    { extra: connection, subscriptions }: Context<Params, Connection>,
    request: SubscribePayload,
  ) => {
    const { admitted, underWay } = connection;
    if (isClosing) return refusal('the gateway is closing');
    if (!admitted) return refusal('a WebSocket begins with connection_init');
    if (Object.keys(subscriptions).length > MAX_OPERATIONS)
      return refusal(`a WebSocket takes ${MAX_OPERATIONS} operations at once`);
    const tooMany = await rates.refusal(connection.socket.address, admitted.countedAs);
    if (tooMany) return refusal(tooMany.message, tooMany.code, tooMany.extensions);
    const leave = await intake.enter(isReadOnly(request.query));
    if (!leave) return refusal(OVERLOADED.message, OVERLOADED.code);
    // While it waited its client may have gone: nobody would end it.
    if (isClosing || !open.has(connection)) {
      leave();
      return refusal('the gateway is closing');
    }
    const caller = newCaller(services, admitted);
    const { signal } = caller.ending;
    const ended = underWay.add();
    const finished = () => {
      ended();
      leave();
    };
    signal.addEventListener('abort', finished, { once: true });
    const results = executeAsStream(graphql, request, caller, { log, onSubscription: finished });
    const args = { ...CARRIER };
    // With an end of its own: an error has to come through before that.
    const ending = new AbortController();
    ending.signal.addEventListener('abort', () => caller.ending.abort(), { once: true });
    prepared.set(args, endable(withErrorObjects(results), ending));
    return args;
  };

  const server = makeServer<Params, Connection>({
    connectionInitWaitTimeout: INIT_MS,
    onConnect: ({ extra, connectionParams = {} }) => introduce(extra, connectionParams),
    onSubscribe: (context, _id, request) => prepare(context, request),
    execute: (args) => prepared.get(args) ?? { errors: [new ShownError(MASKED_ERROR)] },
    onError: (_context, _id, _request, errors) => errors.flatMap(shown),
  });

  return {
    opened(socket) {
      const { protocol, send, close } = socket;
      const onMessage = (take: (text: string) => Promise<void>) =>
        socket.onMessage(async (text) => {
          try {
            await take(text);
          } catch (error) {
            log.warn(
              { reason: error instanceof Error ? error.message : 'unknown' },
              'WebSocket message failed',
            );
            socket.close(CloseCode.BadRequest, 'Invalid message received');
          }
        });
      const connection = { socket, admitted: null, underWay: new UnderWay() };
      open.add(connection);
      const closed = server.opened({ protocol, send, close, onMessage }, connection);
      return (code, reason) => {
        open.delete(connection);
        void closed(code, reason);
      };
    },
    async finish(patienceMs) {
      isClosing = true;
      const closings = [...open].map(async ({ socket, underWay }) => {
        await underWay.finish(patienceMs);
        socket.close(GOING_AWAY, 'Going away');
      });
      await Promise.all(closings);
    },
  };
}

type Params = Record<string, unknown> | undefined;

async function* withErrorObjects(results: ResultStream): AsyncGenerator<ExecutionResult, void, void> {
  for await (const { errors, ...result } of results)
    yield { ...result, ...(errors && { errors: errors.map((error) => new ShownError(error)) }) };
}

/** What a client is told of an operation that was not executed. */
function shown(error: GraphQLError): readonly GraphQLFormattedError[] {
  if (error instanceof ShownError) return [error.toJSON()];
  return error.originalError instanceof OperationRefused ? error.originalError.errors : [MASKED_ERROR];
}

/** The operations of a WebSocket that are waited for when the gateway closes. */
class UnderWay {
  #count = 0;
  #onQuiet: (() => void) | null = null;

  /** @returns To be called, at least once, when it has ended. */
  add(): () => void {
    let hasEnded = false;
    this.#count += 1;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      this.#count -= 1;
      // Its answer is yet to be sent.
      if (this.#count === 0) setImmediate(() => this.#onQuiet?.());
    };
  }

  async finish(patienceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#count === 0) this.#onQuiet();
    });
  }
}
