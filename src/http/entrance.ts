import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type HostRule, misdirected } from './called-host.js';
import { type Connections, tooManyConnections } from './connections.js';
import { allowOrigins } from './cors.js';
import { RequestError } from './request-error.js';
import { type SecurityHeadersOptions, sendSecurityHeaders } from './security-headers.js';
import { type ClientTimeouts, endSlowClients } from './slow-clients.js';

export interface EntranceOptions extends SecurityHeadersOptions {
  /** The origins whose pages may use the gateway, besides its own. */
  readonly corsOrigins: readonly string[];
  readonly clientTimeouts: ClientTimeouts;
  /** Which hosts the gateway may be called by; null: any. */
  readonly isHere: HostRule | null;
}

const NO_HOST = new RequestError(400, 'BAD_REQUEST', 'a request has to name its host');

/** Says why nothing of a request is served; null: it may be. */
export type Refusal = (request: IncomingMessage) => RequestError | null;

/**
 * What every request passes first. The headers are set before anything can refuse it: without them a browser would hide the
 * refusal from the page that is to read it.
 */
export async function guardEntrance(
  app: FastifyInstance,
  options: EntranceOptions,
  connections: Connections,
): Promise<Refusal> {
  const { isHere } = options;
  const refusal: Refusal = ({ socket, headers, httpVersion }) => {
    if (!connections.admits(socket)) return tooManyConnections();
    if (headers.host === undefined && httpVersion === '1.1') return NO_HOST;
    return isHere && !isHere(headers.host) ? misdirected() : null;
  };
  sendSecurityHeaders(app, options);
  await allowOrigins(app, options.corsOrigins);
  endSlowClients(app, options.clientTimeouts);
  connections.watch(app.server);
  app.addHook('onRequest', (request, _reply, done) => done(refusal(request.raw) ?? undefined));
  return refusal;
}
