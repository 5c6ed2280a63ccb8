import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isLoopback, sourceOf, type Trust } from '../limits/client-address.js';
import { type Connections, TOO_MANY_CONNECTIONS } from '../limits/connections.js';
import { RequestError } from '../request-error.js';
import { allowOrigins } from './cors.js';
import { type HostRule, MISDIRECTED } from './host-check.js';
import { type SecurityHeadersOptions, sendSecurityHeaders } from './security-headers.js';

export interface GuardOptions extends SecurityHeadersOptions {
  /** The origins whose pages may use the gateway, besides its own. */
  readonly corsOrigins: readonly string[];
  /** Which hosts the gateway may be called by; null for all. */
  readonly isHere: HostRule | null;
  /** Proxies, whose connections are those of many clients. */
  readonly trust: Trust;
}

/** Health checks. Their responses tell nothing else. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);
/** Paths that only the operator's own programs request. */
export const OPERATOR_PATHS: ReadonlySet<string | undefined> = new Set([...PROBES, '/metrics']);

const NO_HOST = new RequestError(400, 'BAD_REQUEST', 'a request has to name its host');

/** Returns the reason to reject a request, or null to accept it. */
export type RequestGuard = (request: IncomingMessage, route?: string) => RequestError | null;

/**
 * Registers the checks that every request passes first. The headers are set before any check: without them a browser would hide
 * the refusal from its page.
 */
export async function registerGuards(
  app: FastifyInstance,
  options: GuardOptions,
  connections: Connections,
): Promise<RequestGuard> {
  const { isHere, trust } = options;
  const guard: RequestGuard = ({ socket, headers, httpVersion }, route) => {
    // The operator must be able to see that there are too many connections.
    if (!connections.admits(socket) && !OPERATOR_PATHS.has(route)) return TOO_MANY_CONNECTIONS;
    if (headers.host === undefined && httpVersion === '1.1') return NO_HOST;
    // Probes use any host name.
    return isHere && !PROBES.has(route) && !isHere(headers.host) ? MISDIRECTED : null;
  };
  sendSecurityHeaders(app, options);
  await allowOrigins(app, options.corsOrigins);
  // One address stands for all clients on this machine, or behind a proxy.
  connections.watch(app.server, ({ remoteAddress = '' }) =>
    isLoopback(remoteAddress) || trust(remoteAddress) ? null : sourceOf(remoteAddress),
  );
  app.addHook('onRequest', ({ raw, routeOptions }, reply, done) => {
    const refused = guard(raw, routeOptions.url);
    // Makes room for the next connection that is over the limit.
    if (!refused && !connections.admits(raw.socket)) reply.header('connection', 'close');
    done(refused ?? undefined);
  });
  return guard;
}
