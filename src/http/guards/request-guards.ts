import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../access/exposure.js';
import { sourceOf, type Trust } from '../limits/client-address.js';
import { type Connections, tooManyConnections } from '../limits/connections.js';
import { OPERATOR_PATHS, PROBES } from '../operator-paths.js';
import { RequestError } from '../request-error.js';
import { allowOrigins } from './cors.js';
import { type HostRule, misdirected } from './host-check.js';
import { type SecurityHeadersOptions, sendSecurityHeaders } from './security-headers.js';

export interface EntranceOptions extends SecurityHeadersOptions {
  /** The origins whose pages may use the gateway, besides its own. */
  readonly corsOrigins: readonly string[];
  /** Which hosts the gateway may be called by; null for all. */
  readonly isHere: HostRule | null;
  /** Proxies, whose connections are those of many clients. */
  readonly trust: Trust;
}

const NO_HOST = new RequestError(400, 'BAD_REQUEST', 'a request has to name its host');

/** Says why nothing of a request is served, by its route where it has one; null: it may be. */
export type Refusal = (request: IncomingMessage, route?: string) => RequestError | null;

/**
 * What every request passes first. The headers are set before anything can refuse it: without them a browser would hide the
 * refusal from the page that is to read it.
 */
export async function guardEntrance(
  app: FastifyInstance,
  options: EntranceOptions,
  connections: Connections,
): Promise<Refusal> {
  const { isHere, trust } = options;
  const refusal: Refusal = ({ socket, headers, httpVersion }, route) => {
    // That there are too many is what the operator is to find out.
    if (!connections.admits(socket) && !OPERATOR_PATHS.has(route)) return tooManyConnections();
    if (headers.host === undefined && httpVersion === '1.1') return NO_HOST;
    // Who probes calls by whatever name it knows.
    return isHere && !PROBES.has(route) && !isHere(headers.host) ? misdirected() : null;
  };
  sendSecurityHeaders(app, options);
  await allowOrigins(app, options.corsOrigins);
  // Everybody on this machine is at one address, and so is everybody behind a proxy.
  connections.watch(app.server, ({ remoteAddress = '' }) =>
    isLoopback(remoteAddress) || trust(remoteAddress) ? null : sourceOf(remoteAddress),
  );
  app.addHook('onRequest', ({ raw, routeOptions }, reply, done) => {
    const refused = refusal(raw, routeOptions.url);
    // It makes room for the next one that is over the limit.
    if (!refused && !connections.admits(raw.socket)) reply.header('connection', 'close');
    done(refused ?? undefined);
  });
  return refusal;
}
