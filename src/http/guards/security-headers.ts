import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';
import { isLoopback } from '../limits/client-address.js';

export interface SecurityHeadersOptions {
  /** URL at which other hosts reach the gateway. */
  readonly publicUrl: string | null;
  /** Base URL of Astria, which may also serve its images. */
  readonly astriaUrl: string;
}

const SELF = "'self'";
const NONE = "'none'";

/** Returns a policy that allows a page its own code, and images from any host where Astria may store them. */
function contentSecurityPolicy(astriaUrl: string): Record<string, string[]> {
  return {
    'default-src': [SELF],
    'img-src': [SELF, 'data:', 'blob:', 'https:', ...insecureImageSources(astriaUrl)],
    // The editor creates styles at runtime.
    'style-src': [SELF, "'unsafe-inline'"],
    // Includes WebSockets of the same host.
    'connect-src': [SELF],
    'frame-ancestors': [NONE],
    'object-src': [NONE],
    'base-uri': [NONE],
    'form-action': [NONE],
  };
}

/**
 * Returns the source of images without TLS, such as those of a sandbox. All ports of this machine are allowed, because a
 * sandbox has a different port after each start.
 */
function insecureImageSources(astriaUrl: string): string[] {
  const { protocol, hostname, origin } = new URL(astriaUrl);
  if (protocol !== 'http:') return [];
  return [isLoopback(hostname) ? `http://${hostname}:*` : origin];
}

/**
 * Sets security headers on every response, streams included. They are created only once, because helmet's plugin for Fastify
 * creates them for each request, at three times the cost.
 */
export function sendSecurityHeaders(app: FastifyInstance, options: SecurityHeadersOptions): void {
  const { publicUrl, astriaUrl } = options;
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const set = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(astriaUrl) },
    // On http://localhost this header would lock browsers out of every other server there.
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
