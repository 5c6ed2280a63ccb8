import type { FastifyCorsOptionsDelegateCallback } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Headers that GraphQL clients send. */
const ALLOWED_HEADERS =
  'accept, content-type, authorization, x-astria-api-key, x-portkey-api-key, apollo-require-preflight, ' +
  'x-apollo-operation-name, x-apollo-operation-type, x-apollo-operation-id, apollographql-client-name, ' +
  'apollographql-client-version, x-request-id';

/** Response headers that a page may read, in addition to the safelisted ones. */
const EXPOSED_HEADERS =
  'ratelimit, ratelimit-policy, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id';

/** Time for which a browser caches a preflight, in seconds. Chromium allows no more. */
const MAX_AGE_S = 7_200;

/**
 * Allows pages of the given origins to use the gateway, without cookies (Fetch Standard, CORS protocol). Pages of other
 * origins get no CORS headers, so the browser withholds every response from them.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // Without allowed origins, no response depends on the origin of the page.
  if (origins.length === 0) return;
  const { default: cors } = await import('@fastify/cors');
  const allowed = new Set(origins);
  const delegator: FastifyCorsOptionsDelegateCallback = ({ headers }, done) => {
    const { origin = '' } = headers;
    done(null, {
      origin: allowed.has(origin) && origin,
      methods: ['GET', 'POST'],
      allowedHeaders: ALLOWED_HEADERS,
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: MAX_AGE_S,
      // An OPTIONS request without this header is not a preflight.
      preflight: 'access-control-request-method' in headers,
    });
  };
  await app.register(cors, { delegator });
}
