import type { FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What clients of GraphQL send beyond what every page may send unasked. */
const ALLOWED_HEADERS = [
  'accept',
  'content-type',
  'authorization',
  'x-astria-api-key',
  'x-portkey-api-key',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'x-apollo-operation-type',
  'x-apollo-operation-id',
  'apollographql-client-name',
  'apollographql-client-version',
  'x-request-id',
];

/** What a page may read of an answer beyond its content type. */
const EXPOSED_HEADERS = [
  'ratelimit',
  'ratelimit-policy',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'x-request-id',
];

/** For how long a browser need not ask again, in seconds: Chromium takes no more. */
const MAX_AGE_S = 7_200;

/**
 * Lets pages of the given origins use the gateway, without cookies (Fetch Standard, CORS protocol). Others get not one of the
 * headers, so that their browser keeps every answer from them.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // Without them no answer depends on where a page is from.
  if (origins.length === 0) return;
  const { default: cors } = await import('@fastify/cors');
  const allowed = new Set(origins);
  await app.register(cors, {
    delegator: (
      request: FastifyRequest,
      done: (error: Error | null, options: FastifyCorsOptions) => void,
    ) => {
      const { origin = '' } = request.headers;
      done(null, {
        origin: allowed.has(origin) && origin,
        methods: ['GET', 'POST'],
        allowedHeaders: ALLOWED_HEADERS,
        exposedHeaders: EXPOSED_HEADERS,
        maxAge: MAX_AGE_S,
        // An OPTIONS that asks for nothing is no preflight.
        preflight: 'access-control-request-method' in request.headers,
      });
    },
  });
}
