import {
  type ApolloServerPlugin,
  HeaderMap,
  type HTTPGraphQLRequest,
  type HTTPGraphQLResponse,
} from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Log } from '../domain/log.js';
import type { RequestContext } from './context.js';
import type { DocumentRequest } from './documents.js';
import { endable } from './endable.js';
import { events, NOT_ADMITTED, type ResultStream, type StreamCaller, type Subscription } from './events.js';
import type { GraphQLServer } from './graphql-server.js';

/** What a client asks for. */
export interface OperationRequest extends DocumentRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** What becomes of a request on its way through Apollo Server. */
interface Passage {
  /** By GET nothing may be changed. */
  readonly isRead: boolean;
  readonly takesStreams: boolean;
  readonly showsSchema: boolean;
  /** Whether it is a subscription that cannot be answered. */
  lacksStream: boolean;
  /** Whether there was a document in it. */
  isReadable: boolean;
  subscription: Subscription | null;
}

const UNTRODDEN = { lacksStream: false, isReadable: false, subscription: null };

/**
 * Apollo Server copies the context of a request, but hands on the HTTP request as it is: that is how the plugin finds what
 * is known of the transport.
 */
const passages = new WeakMap<HTTPGraphQLRequest, Passage>();

const NO_STREAM =
  'a subscription is answered as a stream: send it with accept: text/event-stream, or with ' +
  'accept: multipart/mixed;subscriptionSpec=1.0, or over a WebSocket (graphql-transport-ws)';

const BAD_REQUEST = { code: 'BAD_REQUEST' };
const BATCH = {
  message: 'a request holds one operation: send the operations of this batch one by one',
  extensions: BAD_REQUEST,
};

/**
 * Apollo Server parses and validates subscriptions as it does everything, so that whatever is checked there is checked for
 * them as well; it would then carry them out as if they were queries. This takes them out before that.
 */
export const handOverSubscriptions: ApolloServerPlugin<RequestContext> = {
  async requestDidStart({ request }) {
    const passage = request.http && passages.get(request.http);
    return {
      async didResolveSource() {
        if (passage) passage.isReadable = true;
      },
      async didResolveOperation({ operation }) {
        if (passage?.isRead && operation?.operation === 'mutation') {
          const http = { status: 405, headers: new HeaderMap([['allow', 'POST']]) };
          throw new GraphQLError('a mutation needs POST', { extensions: { code: 'BAD_REQUEST', http } });
        }
        if (operation?.operation !== 'subscription' || passage?.takesStreams) return;
        if (passage) passage.lacksStream = true;
        throw new GraphQLError(NO_STREAM, { extensions: { ...BAD_REQUEST, http: { status: 406 } } });
      },
      async responseForOperation({ operation, document, schema }) {
        // There is none where the one that is named is not in the document: that is told by what executes it.
        if (operation?.operation !== 'subscription' || !passage) return null;
        const { operationName, variables = {} } = request;
        const { showsSchema } = passage;
        passage.subscription = { schema, document, operationName, variables, showsSchema };
        const http = { status: 200, headers: new HeaderMap() };
        return { http, body: { kind: 'single', singleResult: { data: null } } };
      },
    };
  },
};

export interface HttpExecution {
  /** To be sent unless there is a subscription. */
  readonly response: HTTPGraphQLResponse;
  readonly subscription: Subscription | null;
  /** False when the request could not even be read as one of GraphQL's. */
  readonly isReadable: boolean;
}

/** Executes an HTTP request, or finds that it is a subscription. */
export async function executeOverHttp(
  { apollo, documents, showsSchema }: GraphQLServer,
  request: HTTPGraphQLRequest,
  context: RequestContext,
  how: { readonly takesStreams: boolean; readonly isRead: boolean },
): Promise<HttpExecution> {
  const passage: Passage = { ...how, ...UNTRODDEN, showsSchema };
  if (Array.isArray(request.body))
    return { response: refusal(400, BATCH), subscription: null, isReadable: false };
  const body = documents.admitBody(request.body);
  if (body instanceof GraphQLError)
    return { response: refusal(400, body.toJSON()), subscription: null, isReadable: true };
  const httpGraphQLRequest = { ...request, body };
  passages.set(httpGraphQLRequest, passage);
  const given = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => context });
  // To a client that does not take JSON either, Apollo Server would say no more than that.
  const response = passage.lacksStream
    ? refusal(406, { message: NO_STREAM, extensions: BAD_REQUEST })
    : given;
  return { response, subscription: passage.subscription, isReadable: passage.isReadable };
}

/** An answer in JSON, whatever the client takes. */
function refusal(status: number, error: GraphQLFormattedError): HTTPGraphQLResponse {
  const headers = new HeaderMap([['content-type', 'application/json; charset=utf-8']]);
  return { status, headers, body: { kind: 'complete', string: `${JSON.stringify({ errors: [error] })}\n` } };
}

/** An operation that was turned away before it was executed. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super('the operation was refused');
  }
}

/**
 * Any operation as a stream of results: one for a query or a mutation. It begins when it is asked for the first one.
 * @param onSubscription Called when it has turned out to be one.
 * @throws OperationRefused from `next`, when the operation is not executed at all.
 */
export function executeAsStream(
  { apollo, documents, showsSchema }: GraphQLServer,
  request: OperationRequest,
  caller: StreamCaller,
  { log, onSubscription }: { readonly log: Log; readonly onSubscription: () => void },
): ResultStream {
  async function* results(): ResultStream {
    if (!caller.isAdmitted()) throw new OperationRefused([NOT_ADMITTED]);
    const admitted = documents.admit(request);
    if (admitted instanceof GraphQLError) throw new OperationRefused([admitted.toJSON()]);
    const passage: Passage = { isRead: false, takesStreams: true, ...UNTRODDEN, showsSchema };
    const http = { method: 'POST', headers: new HeaderMap(), search: '', body: null };
    passages.set(http, passage);
    const { query, operationName, variables, extensions } = { ...request, ...admitted };
    const { body } = await apollo.executeOperation(
      {
        http,
        ...(query && { query }),
        ...(operationName && { operationName }),
        ...(variables && { variables }),
        ...(extensions && { extensions }),
      },
      { contextValue: caller.newContext() },
    );
    if (passage.subscription) {
      onSubscription();
      return yield* events(passage.subscription, caller, log);
    }
    if (body.kind !== 'single') throw new Error('an operation has answered in parts');
    const { data, errors } = body.singleResult;
    if (data === undefined && errors) throw new OperationRefused(errors);
    yield { ...(errors && { errors }), ...(data !== undefined && { data }) };
  }
  return endable(results(), caller.ending);
}

/** The results of a subscription. A source that fails gives one result with the error, and that is the last. */
export function subscriptionResults(
  subscription: Subscription,
  caller: StreamCaller,
  log: Log,
): ResultStream {
  return endable(events(subscription, caller, log), caller.ending);
}
