import { Readable } from 'node:stream';
import {
  type ApolloServer,
  HeaderMap,
  type HTTPGraphQLRequest,
  type HTTPGraphQLResponse,
} from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../graphql/context.js';
import { executeOverHttp, subscriptionResults } from '../graphql/subscriptions.js';
import { type AcceptedForms, acceptedForms } from './accept.js';
import { type CallerOptions, callerKeys, newCaller } from './caller.js';
import type { OpenStreams } from './open-streams.js';
import { RequestError } from './request-error.js';
import { FRAMINGS, type Framing, sendResults, streamHeaders } from './result-stream.js';
import { readMultipart, type UploadLimits } from './upload-route.js';

export interface GraphQLOptions extends CallerOptions {
  readonly graphql: ApolloServer<RequestContext>;
  readonly limits: UploadLimits;
}

interface GraphQLRouteOptions extends GraphQLOptions {
  readonly streams: OpenStreams;
}

const isMultipart = (request: FastifyRequest) =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');

/** GraphQL over HTTP at /graphql: POST with JSON, GET for queries and subscriptions, multipart for uploads. */
export function graphqlRoute(app: FastifyInstance, options: GraphQLRouteOptions): void {
  // graphql-upload reads the request itself.
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    async handler(request, reply) {
      if (!isMultipart(request)) return (await execute(options, request, reply, request.body))();
      requirePreflight(request);
      const { operations, received } = await readMultipart(request.raw, reply.raw, options.limits);
      const answer = await execute(options, request, reply, operations);
      await received;
      return answer();
    },
  });
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/graphql',
    handler: (_request, reply) => {
      reply.header('allow', 'GET, POST');
      throw new RequestError(405, 'BAD_REQUEST', 'use POST, or GET for a query');
    },
  });
}

/** Executes a request, and gives what is to be sent once all of it has been read. */
async function execute(
  { graphql, services, keys, streams }: GraphQLRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<() => unknown> {
  const accepted = acceptedForms(request.headers.accept);
  const caller = newCaller(services, callerKeys(keys, request.headers));
  abortOnHangUp(reply, caller.ending);
  const execution = await executeOverHttp(
    graphql,
    toGraphQLRequest(request, accepted, body),
    caller.newContext(),
    {
      takesStreams: accepted.stream !== null,
      isRead: request.method !== 'POST',
    },
  );
  const { response, subscription, isReadable } = execution;
  if (!accepted.stream) return () => send(reply, response);
  const framing = FRAMINGS[accepted.stream];
  if (subscription) {
    const results = subscriptionResults(subscription, caller, services.log);
    return () => {
      reply.hijack();
      return sendResults(reply.raw, results, framing, streams);
    };
  }
  // What is wrong with a document is told in the stream, where that is all that the client takes.
  if (accepted.json || !isReadable || response.status === 405) return () => send(reply, response);
  return () => sendAsStream(reply, response, framing);
}

/** As Apollo Server reads it. */
function toGraphQLRequest(
  request: FastifyRequest,
  accepted: AcceptedForms,
  body: unknown,
): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // Apollo Server knows nothing of streams; it would find out only after it has executed a mutation.
  if (accepted.stream && !accepted.json) headers.set('accept', 'application/json');
  const search = request.raw.url?.replace(/^[^?]*/, '') ?? '';
  const { method } = request;
  const asBody = method === 'GET' && isSubscribing(search) ? readSearch(search) : null;
  return asBody ? { method: 'POST', headers, search: '', body: asBody } : { method, headers, search, body };
}

/** Whether the operation in an address may be a subscription. */
const isSubscribing = (search: string) =>
  new URLSearchParams(search).getAll('query').some((query) => query.includes('subscription'));

/**
 * The operation in an address, as it would stand in a body: by GET Apollo Server takes no subscription. Null when it is
 * malformed, which Apollo Server explains.
 */
function readSearch(search: string): Record<string, unknown> | null {
  const parameters = new URLSearchParams(search);
  const body: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    const [value, ...others] = parameters.getAll(name);
    if (value === undefined) continue;
    if (others.length > 0) return null;
    body[name] = name === 'variables' || name === 'extensions' ? readObject(value) : value;
    if (body[name] === null) return null;
  }
  return body;
}

function readObject(json: string): object | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Aborts when the client goes away before it has its answer. */
function abortOnHangUp(reply: FastifyReply, hangUp: AbortController): void {
  const closed = () => {
    if (!reply.raw.writableFinished) hangUp.abort(new Error('the client hung up'));
  };
  reply.raw.once('close', closed);
  // While an upload was being read the client may have gone already.
  if (reply.raw.closed) closed();
}

/**
 * Apollo Server refuses what a browser sends across sites without a preflight, but only once it has the operation; a
 * multipart body must not even be read before that.
 */
function requirePreflight(request: FastifyRequest): void {
  if (request.headers['apollo-require-preflight'] || request.headers['x-apollo-operation-name']) return;
  const message =
    'a multipart request needs the header apollo-require-preflight with any value, against cross-site forgery';
  throw new RequestError(400, 'BAD_REQUEST', message);
}

function send(reply: FastifyReply, { status, headers, body }: HTTPGraphQLResponse): FastifyReply {
  reply.code(status ?? 200);
  for (const [name, value] of headers) reply.header(name, value);
  return reply.send(body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator));
}

/** One answer as a stream of one result. */
function sendAsStream(
  reply: FastifyReply,
  { headers, body }: HTTPGraphQLResponse,
  framing: Framing,
): FastifyReply {
  if (body.kind !== 'complete') throw new Error('an operation has answered in parts');
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(200).headers(streamHeaders(framing));
  return reply.send(framing.opening + framing.frame(body.string.trim()) + framing.closing);
}
