import type { FastifyInstance } from 'fastify';
import { CALLBACK_PATH } from '../services/callbacks/callback-urls.js';
import type { PromptCallbacks } from '../services/callbacks/prompt-callbacks.js';
import { rejectEncodedBody } from './graphql/request-checks.js';

/** Maximum size of a callback body, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Time for the sender to transmit the body, in milliseconds. */
const BODY_MS = 10_000;

/**
 * Registers the URLs that Astria calls when a prompt has its final status. They accept any uncompressed body, because the body
 * is not trusted.
 */
export function webhookRoutes(
  app: FastifyInstance,
  callbacks: Pick<PromptCallbacks, 'called'>,
  bodyMs: number = BODY_MS,
): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', (request, reply, done) => {
      rejectEncodedBody(request.raw);
      // Fastify would reject an invalid content type.
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
      async ({ params: { id, secret }, body }, reply) => {
        const isKnown = await callbacks.called(id, secret, typeof body === 'string' ? body : '');
        if (!isKnown) return reply.callNotFound();
        return reply.code(204).send();
      },
    );
  });
}
