import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../domain/log.js';
import { parseUrl } from '../../domain/url.js';
import { type IsTrustedProxy, isLoopback, sourceOf } from '../limits/client-address.js';
import { limitConnections, TOO_MANY_CONNECTIONS } from '../limits/connections.js';
import { badRequest, type RequestError } from '../request-error.js';
import { allowOrigins } from './cors.js';
import { type SecurityHeadersOptions, sendSecurityHeaders } from './security-headers.js';

export type HostValidator = (host: string | undefined) => boolean;

export interface GuardOptions extends SecurityHeadersOptions {
  /** Origins whose pages may use the gateway, in addition to its own. */
  readonly corsOrigins: readonly string[];
  /** Accepts or rejects a Host header. Null accepts every host. */
  readonly isAllowedHost: HostValidator | null;
  /** Proxies, whose connections carry requests of many clients. */
  readonly isTrustedProxy: IsTrustedProxy;
  /** Maximum number of open connections. */
  readonly maxConnections: number;
}

/** Health checks. Their responses reveal nothing more. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);
/** Paths that only the operator's own programs request. */
export const OPERATOR_PATHS: ReadonlySet<string | undefined> = new Set([...PROBES, '/metrics']);

const MISDIRECTED = badRequest(
  'This gateway only accepts requests for localhost. Set PUBLIC_URL to allow another host name.',
  421,
);
const NO_HOST = badRequest('The request has no Host header. Send one.');

/** Returns the reason to reject a request, or null to accept it. */
export type RequestGuard = (request: IncomingMessage, route?: string) => RequestError | null;

/**
 * Registers the checks that every request passes first. The headers are set before any check, because without them a browser
 * would withhold the refusal from its page.
 */
export async function registerGuards(app: FastifyInstance, options: GuardOptions, log: Log) {
  const { isAllowedHost, isTrustedProxy, maxConnections } = options;
  // One address represents all clients on this machine or behind a proxy.
  const connectionSource = ({ remoteAddress = '' }: Socket) =>
    isLoopback(remoteAddress) || isTrustedProxy(remoteAddress) ? null : sourceOf(remoteAddress);
  const admits = limitConnections(app.server, maxConnections, connectionSource, log);
  const guard: RequestGuard = ({ socket, headers, httpVersion }, route) => {
    // The operator must be able to see that there are too many connections.
    if (!admits(socket) && !OPERATOR_PATHS.has(route)) return TOO_MANY_CONNECTIONS;
    if (headers.host === undefined && httpVersion === '1.1') return NO_HOST;
    // Probes use any host name.
    return isAllowedHost && !PROBES.has(route) && !isAllowedHost(headers.host) ? MISDIRECTED : null;
  };
  sendSecurityHeaders(app, options);
  await allowOrigins(app, options.corsOrigins);
  app.addHook('onRequest', ({ raw, routeOptions }, reply, done) => {
    const refused = guard(raw, routeOptions.url);
    // Makes room for the next connection that is over the limit.
    if (!refused && !admits(raw.socket)) reply.header('connection', 'close');
    done(refused ?? undefined);
  });
  return guard;
}

/**
 * Creates the host check of a gateway without authentication that only this machine can reach. A page of evil.example can let
 * that name resolve to 127.0.0.1, and then has the same origin as the gateway, but its requests still name evil.example
 * (DNS rebinding). This is impossible with IP addresses, `localhost` and names without a dot.
 * @param known Other hosts or URLs of the gateway.
 */
export function localHostValidator(known: readonly string[]): HostValidator {
  const names = new Set(known.map((each) => hostname(parseUrl(each)?.host ?? each)));
  return (host) => {
    // Browsers always send a Host header.
    if (host === undefined) return true;
    const name = hostname(host);
    return (
      isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^[^.]*$|\.localhost$/.test(name) || names.has(name)
    );
  };
}

/** Returns the host name in lower case, without a port or a trailing dot. */
const hostname = (host: string) => host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
