import { Readable } from 'node:stream';
import { HeaderMap, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLServer } from '../graphql/graphql-server.js';
import { executeOverHttp, subscriptionResults } from '../graphql/subscriptions.js';
import { type AcceptedForms, acceptedForms } from './accept.js';
import type { Admitted } from './access/access.js';
import { Arrivals } from './arrivals.js';
import { type CallerOptions, newCaller } from './caller.js';
import { requireIdentity } from './content-encoding.js';
import type { OpenStreams } from './open-streams.js';
import type { RateLimiter } from './rate-limits.js';
import { RequestError } from './request-error.js';
import { FRAMINGS, type Framing, sendResults, streamHeaders } from './result-stream.js';
import { type Intake, isReadOnly, takePlace } from './shedding.js';
import { readMultipart, type UploadLimits } from './upload-route.js';

export interface GraphQLOptions extends CallerOptions {
  readonly graphql: GraphQLServer;
  readonly limits: UploadLimits;
  readonly rates: RateLimiter;
}

interface GraphQLRouteOptions extends GraphQLOptions {
  readonly streams: OpenStreams;
  readonly intake: Intake;
}

const isMultipart = (request: FastifyRequest) =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');

/** What takes a stream as its answer is followed. */
function isRead({ headers, body }: FastifyRequest): boolean {
  return acceptedForms(headers.accept).stream === null && isReadOnly(Object(body).query);
}

/** GraphQL over HTTP at /graphql: POST with JSON, GET for queries and subscriptions, multipart for uploads. */
export function graphqlRoute(app: FastifyInstance, options: GraphQLRouteOptions): void {
  // graphql-upload reads the request itself.
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  app.decorateRequest('admitted');
  const arrivals = new Arrivals();
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    // There is no way to ask for an operation without its result.
    exposeHeadRoute: false,
    // Before anything of the body is read.
    async onRequest(request, reply) {
      // What it says depends on who asks.
      reply.header('cache-control', 'no-store');
      requireIdentity(request.raw);
      requireUtf8(request);
      const admitted = await options.access.admit(request.headers);
      request.setDecorator<Admitted>('admitted', admitted);
      await options.rates.holdPrincipal(admitted.countedAs, reply);
      arrivals.enter(request, reply);
    },
    async handler(request, reply) {
      if (!isMultipart(request)) {
        await takePlace(options.intake, reply.raw, isRead(request));
        return (await execute(options, request, reply, request.body))();
      }
      requirePreflight(request);
      const { operations, received } = await readMultipart(request.raw, reply.raw, options.limits);
      await takePlace(options.intake, reply.raw, false);
      const answer = await execute(options, request, reply, operations);
      await received;
      return answer();
    },
  });
}

/** Executes a request, and gives what is to be sent once all of it has been read. */
async function execute(
  { graphql, services, streams, intake }: GraphQLRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<() => unknown> {
  // The client has gone while it waited. The gateway may be closing by now, and nobody wants the result.
  if (reply.raw.destroyed) return () => reply.hijack();
  const accepted = acceptedForms(request.headers.accept);
  const caller = newCaller(services, request.getDecorator<Admitted>('admitted'));
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
  const { subscription, isReadable } = execution;
  const response =
    accepted.plainJson && isReadable && !Array.isArray(body)
      ? withPlainStatus(execution.response)
      : execution.response;
  if (!accepted.stream) return () => send(reply, response);
  const framing = FRAMINGS[accepted.stream];
  if (subscription) {
    const results = subscriptionResults(subscription, caller, services.log);
    return () => {
      keepHeaders(reply);
      reply.hijack();
      intake.streams(reply.raw);
      return sendResults(reply.raw, results, framing, streams);
    };
  }
  // What is wrong with a document is told in the stream, where that is all that the client takes.
  if (accepted.json || !isReadable || response.status === 405) return () => send(reply, response);
  return () => sendAsStream(reply, response, framing);
}

/**
 * To a client that asks for application/json what is wrong with a document is no matter of HTTP (GraphQL over HTTP, 6.4.1):
 * it could not tell such an answer from one of a proxy, and need not read it.
 */
function withPlainStatus(response: HTTPGraphQLResponse): HTTPGraphQLResponse {
  const isPlain = response.headers.get('content-type')?.startsWith('application/json');
  return isPlain && response.status === 400 ? { ...response, status: 200 } : response;
}

/**
 * As Apollo Server reads it. What comes by GET is given to it as if it stood in a body: it would take no subscription, and
 * whatever looks at documents has one place to look at.
 */
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
  const { method, raw } = request;
  if (method !== 'GET') return { method, headers, search: '', body };
  const search = raw.url?.replace(/^[^?]*/, '') ?? '';
  return { method: 'POST', headers, search: '', body: readSearch(search) };
}

const TEXT_PARAMETERS = ['query', 'operationName', 'documentId', 'doc_id', 'id'];
const JSON_PARAMETERS = ['variables', 'extensions'];

/** The operation in an address, as it would stand in a body. @throws RequestError */
function readSearch(search: string): Record<string, unknown> {
  const parameters = new URLSearchParams(search);
  const body: Record<string, unknown> = { query: null };
  for (const name of [...TEXT_PARAMETERS, ...JSON_PARAMETERS]) {
    const [value, ...others] = parameters.getAll(name);
    if (others.length > 0) throw new RequestError(400, 'BAD_REQUEST', `${name} may be given once`);
    if (value !== undefined) body[name] = JSON_PARAMETERS.includes(name) ? readObject(name, value) : value;
  }
  return body;
}

function readObject(name: string, json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new RequestError(400, 'BAD_REQUEST', `${name} must be a JSON object`);
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

/** What is in another charset would be read as if it were in UTF-8, and stored as something else than what was meant. */
function requireUtf8(request: FastifyRequest): void {
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.headers['content-type'] ?? '') ?? [];
  if (/^(utf-?8|us-ascii)$/i.test(charset)) return;
  throw new RequestError(415, 'BAD_REQUEST', 'the body has to be in UTF-8');
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

/** Those that Fastify would have sent: what is hijacked it knows nothing of. */
function keepHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
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
