import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';
import { isLoopback } from '../limits/client-address.js';

export interface SecurityHeadersOptions {
  /** Where the outside reaches the gateway. */
  readonly publicUrl: string | null;
  /** From where Astria's images come. */
  readonly astriaUrl: string;
}

const SELF = "'self'";
const NONE = "'none'";

/** What a page of the gateway may load: its own code, and pictures from wherever Astria keeps them. */
function contentSecurityPolicy(astriaUrl: string): Record<string, string[]> {
  return {
    'default-src': [SELF],
    'img-src': [SELF, 'data:', 'blob:', 'https:', ...withoutTls(astriaUrl)],
    // An editor makes its styles while it runs.
    'style-src': [SELF, "'unsafe-inline'"],
    // WebSockets of the same host included.
    'connect-src': [SELF],
    'frame-ancestors': [NONE],
    'object-src': [NONE],
    'base-uri': [NONE],
    'form-action': [NONE],
  };
}

/**
 * From where images come without TLS, as those of a sandbox do. Its port is another one after each start, which a page that
 * has stayed open would not know: so any port of this very machine will do.
 */
function withoutTls(astriaUrl: string): string[] {
  const { protocol, hostname, origin } = new URL(astriaUrl);
  if (protocol !== 'http:') return [];
  return [isLoopback(hostname) ? `http://${hostname}:*` : origin];
}

/**
 * Has every answer tell browsers how little may be done with it; streams as well, as the headers are set at once. They are
 * the same for all, and so are made once: helmet's plugin for Fastify makes them anew for each request, at three times the cost.
 */
export function sendSecurityHeaders(
  app: FastifyInstance,
  { publicUrl, astriaUrl }: SecurityHeadersOptions,
): void {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const set = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(astriaUrl) },
    // Promised at http://localhost it would lock browsers out of everything there.
    strictTransportSecurity: publicUrl?.startsWith('https:') ? { includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  });
  set(request, response, () => {});
  const headers = response.getHeaders();
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
