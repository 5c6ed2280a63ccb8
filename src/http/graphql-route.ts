import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  createContext,
  type RequestContext,
  type SharedServices,
  type UpstreamKeys,
} from '../graphql/context.js';
import { RequestError } from './request-error.js';
import { readMultipart, type UploadLimits } from './upload-route.js';

export interface GraphQLRouteOptions {
  readonly graphql: ApolloServer<RequestContext>;
  readonly services: SharedServices;
  /** The gateway's own keys. */
  readonly keys: UpstreamKeys;
  readonly limits: UploadLimits;
}

const isMultipart = (request: FastifyRequest) =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');

/** GraphQL over HTTP at /graphql: POST with JSON, GET for queries, multipart for uploads. */
export function graphqlRoute(app: FastifyInstance, options: GraphQLRouteOptions): void {
  // graphql-upload reads the request itself.
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    async handler(request, reply) {
      if (!isMultipart(request)) return send(reply, await execute(options, request, reply, request.body));
      requirePreflight(request);
      const { operations, received } = await readMultipart(request.raw, reply.raw, options.limits);
      const response = await execute(options, request, reply, operations);
      await received;
      return send(reply, response);
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

function execute(
  { graphql, services, keys }: GraphQLRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<HTTPGraphQLResponse> {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const callerKeys = {
    astria: callerKey(request, 'x-astria-api-key') ?? keys.astria,
    portkey: callerKey(request, 'x-portkey-api-key') ?? keys.portkey,
  };
  const search = request.raw.url?.replace(/^[^?]*/, '') ?? '';
  return graphql.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method, headers, search, body },
    context: async () => createContext(services, callerKeys, hangUpSignal(reply)),
  });
}

/** A key that the caller brings. @throws RequestError when it could not be one. */
function callerKey(request: FastifyRequest, header: string): string | null {
  const value = request.headers[header];
  if (value === undefined) return null;
  if (typeof value === 'string' && /^[\x21-\x7e]{1,512}$/.test(value)) return value;
  throw new RequestError(400, 'BAD_REQUEST', `${header} must be 1 to 512 visible ASCII characters`);
}

/** Aborted when the client goes away before it has its answer. */
function hangUpSignal(reply: FastifyReply): AbortSignal {
  const hangUp = new AbortController();
  // Every upstream call of the request listens: Node would take more than ten for a leak.
  setMaxListeners(0, hangUp.signal);
  const closed = () => {
    if (!reply.raw.writableFinished) hangUp.abort(new Error('the client hung up'));
  };
  reply.raw.once('close', closed);
  // While an upload was being read the client may have gone already.
  if (reply.raw.closed) closed();
  return hangUp.signal;
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
