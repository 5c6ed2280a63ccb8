import type { FastifyInstance } from 'fastify';
import { CALLBACK_PATH } from '../services/callbacks/addresses.js';
import type { PromptCallbacks } from '../services/callbacks/prompt-callbacks.js';
import { requireIdentity } from './graphql/request-checks.js';

/** The largest body of a callback, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** How long a caller may take to send its body. */
const BODY_MS = 10_000;

/**
 * Where Astria calls when a prompt has settled: POST with a body of any kind that is not compressed, as nothing of it is believed. 204 for an
 * address that was given out, however often it is called; 404 for every other.
 */
export function webhookRoutes(
  app: FastifyInstance,
  callbacks: Pick<PromptCallbacks, 'called'>,
  bodyMs: number = BODY_MS,
): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', (request, reply, done) => {
      requireIdentity(request.raw);
      // Fastify rejects an invalid type.
      request.headers = { ...request.headers, 'content-type': 'text/plain' };
      const timer = setTimeout(() => {
        if (!request.raw.complete) request.raw.destroy();
      }, bodyMs).unref();
      reply.raw.once('close', () => clearTimeout(timer));
      done();
    });
    scope.removeAllContentTypeParsers();
    const asText = { parseAs: 'string', bodyLimit: MAX_BODY_BYTES } as const;
    scope.addContentTypeParser('*', asText, (_request, body, done) => done(null, body));
    scope.post<{ Params: { id: string; secret: string } }>(
      `${CALLBACK_PATH}/:id/:secret`,
      async ({ params, body }, reply) => {
        const isKnown = await callbacks.called(
          params.id,
          params.secret,
          typeof body === 'string' ? body : '',
        );
        if (!isKnown) return reply.callNotFound();
        return reply.code(204).send();
      },
    );
  });
}
