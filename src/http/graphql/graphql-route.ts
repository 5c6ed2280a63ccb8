import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { FoundOperation, GraphQLServer } from '../../graphql/graphql-server.js';
import { OperationRejectedError } from '../../graphql/operation-request.js';
import type { AuthenticatedRequest } from '../access/access.js';
import { limitLargeRequests } from '../limits/large-requests.js';
import { type AdmissionQueue, acquireSlot } from '../limits/load-shedder.js';
import type { RateLimiter } from '../limits/rate-limits.js';
import { badRequest, JSON_TYPE } from '../request-error.js';
import { readMultipart, type UploadLimits } from '../uploads/multipart.js';
import { type AcceptedFormats, acceptedFormats } from './accept.js';
import { rejectEncodedBody, requirePreflight, requireUtf8 } from './request-checks.js';
import { RequestScope, type ScopeOptions } from './request-scope.js';
import { type OpenStreams, STREAM_ENCODINGS, sendResults, streamHeaders } from './result-stream.js';

export interface GraphQLOptions extends ScopeOptions {
  readonly graphql: GraphQLServer;
  readonly limits: UploadLimits;
  readonly rates: RateLimiter;
}

type GraphQLRouteOptions = GraphQLOptions & { readonly streams: OpenStreams; readonly queue: AdmissionQueue };

/** Sends the response once the whole request has been read. */
type Respond = () => unknown;

const isMultipart = ({ headers }: FastifyRequest) =>
  /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

/** Registers GraphQL over HTTP at /graphql: POST with JSON, GET for queries and subscriptions, multipart for uploads. */
export function graphqlRoute(app: FastifyInstance, options: GraphQLRouteOptions): void {
  // graphql-upload reads the request itself.
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  app.decorateRequest('authenticated');
  const limitLarge = limitLargeRequests();
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    // HEAD would execute an operation without returning its result.
    exposeHeadRoute: false,
    // Runs before any of the body is read.
    async onRequest(request, reply) {
      // The response depends on the caller.
      reply.header('cache-control', 'no-store');
      rejectEncodedBody(request.raw);
      requireUtf8(request.headers);
      if (request.method === 'GET' || isMultipart(request)) requirePreflight(request.headers);
      const authenticated = await options.access.authenticate(request.headers);
      request.setDecorator<AuthenticatedRequest>('authenticated', authenticated);
      await options.rates.limitPrincipal(authenticated.rateLimitKey, reply);
      limitLarge(request, reply);
    },
    async handler(request, reply) {
      if (!isMultipart(request)) return (await execute(options, reply, bodyOf(request)))();
      const { operations, received } = await readMultipart(request.raw, reply.raw, options.limits);
      const respond = await execute(options, reply, operations);
      await received;
      return respond();
    },
  });
}

/** Executes a request, and returns a function that sends its response. */
async function execute(options: GraphQLRouteOptions, reply: FastifyReply, body: unknown): Promise<Respond> {
  const { graphql, services, queue, streams } = options;
  const { request } = reply;
  const accepted = acceptedFormats(request.headers.accept);
  try {
    const found = graphql.find(body);
    requireAcceptable(found, request.method, accepted);
    const slot = await acquireSlot(queue, reply.raw, found.type === 'query');
    // The client disconnected while its operation waited.
    if (!slot) return () => reply.hijack();
    const operation = graphql.check(found);
    const scope = new RequestScope(services, request.getDecorator<AuthenticatedRequest>('authenticated'));
    abortOnHangUp(reply, scope);
    if (operation.type === 'subscription' && accepted.stream) {
      const results = graphql.stream(operation, scope, (result) => result);
      const encoding = STREAM_ENCODINGS[accepted.stream];
      return () => {
        keepHeaders(reply);
        reply.hijack();
        slot.release();
        return sendResults(reply.raw, results, encoding, streams);
      };
    }
    const { status, result } = await graphql.execute(operation, scope.newContext());
    return () => send(reply, accepted, status, result);
  } catch (error) {
    if (!(error instanceof OperationRejectedError)) throw error;
    const { kind, errors } = error;
    // Only errors in a document are sent as a stream, or with status 200.
    if (kind === 'malformed') return () => sendJson(reply, accepted, 400, { errors });
    return () => send(reply, accepted, kind === 'unknown-document' ? 200 : 400, { errors });
  }
}

/** Sends one result, as a stream if the client accepts only streams. */
function send(
  reply: FastifyReply,
  accepted: AcceptedFormats,
  status: number,
  result: FormattedExecutionResult,
): FastifyReply {
  if (accepted.stream && !accepted.single) {
    const encoding = STREAM_ENCODINGS[accepted.stream];
    reply.code(200).headers(streamHeaders(encoding));
    return reply.send(encoding.opening + encoding.frame(JSON.stringify(result)) + encoding.closing);
  }
  // A client of application/json could not distinguish this status from that of a proxy (GraphQL over HTTP, 6.4.1).
  return sendJson(reply, accepted, accepted.plainJson && status === 400 ? 200 : status, result);
}

function sendJson(
  reply: FastifyReply,
  { single }: AcceptedFormats,
  status: number,
  result: FormattedExecutionResult,
): FastifyReply {
  reply.code(status).header('content-type', single ?? JSON_TYPE);
  return reply.send(`${JSON.stringify(result)}\n`);
}

const NO_STREAM =
  'The result of a subscription is a stream. Send accept: text/event-stream or ' +
  'accept: multipart/mixed;subscriptionSpec=1.0, or use a WebSocket (graphql-transport-ws).';
const NO_FORMAT =
  'The accept header allows no supported format. Accept application/json or application/graphql-response+json.';

/** @throws RequestError for a mutation by GET, or if the client accepts no format of the response. */
function requireAcceptable({ type }: FoundOperation, method: string, { stream, single }: AcceptedFormats) {
  if (type === 'mutation' && method !== 'POST')
    throw badRequest('Mutations must be sent with POST.', 405, { allow: 'POST' });
  if (stream) return;
  if (type === 'subscription') throw badRequest(NO_STREAM, 406);
  if (!single) throw badRequest(NO_FORMAT, 406);
}

const TEXT_PARAMETERS = ['query', 'operationName', 'documentId', 'doc_id', 'id'];
const JSON_PARAMETERS = ['variables', 'extensions'];

/** Returns the operation in the body, or in the URL of a GET. @throws RequestError */
function bodyOf({ method, body: posted, raw: { url = '' } }: FastifyRequest): unknown {
  if (method !== 'GET') return posted;
  const parameters = new URLSearchParams(url.replace(/^[^?]*/, ''));
  const body: Record<string, unknown> = { query: null };
  for (const name of [...TEXT_PARAMETERS, ...JSON_PARAMETERS]) {
    const [value, ...repeated] = parameters.getAll(name);
    if (repeated.length > 0) throw badRequest(`The parameter ${name} is repeated. Send it once.`);
    if (value !== undefined) body[name] = JSON_PARAMETERS.includes(name) ? readObject(name, value) : value;
  }
  return body;
}

function readObject(name: string, json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Reported below.
  }
  throw badRequest(`The parameter ${name} must be a JSON object.`);
}

/** Cancels the operation if the client disconnects before the response is complete. */
function abortOnHangUp(reply: FastifyReply, scope: RequestScope): void {
  const onClose = () => {
    if (!reply.raw.writableFinished) scope.end();
  };
  reply.raw.once('close', onClose);
  // The client may have disconnected while its upload was being read.
  if (reply.raw.closed) onClose();
}

/** Sets the headers on the raw response, because Fastify does not send those of a hijacked reply. */
function keepHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
}
