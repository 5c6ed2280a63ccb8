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

/** Paths of the health checks, whose responses reveal nothing else. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);
/** Paths that only the operator's own programs request. */
export const OPERATOR_PATHS: ReadonlySet<string | undefined> = new Set([...PROBES, '/metrics']);

const MISDIRECTED = badRequest(
  'This gateway only accepts requests for localhost. Set PUBLIC_URL to allow another host name.',
  421,
);
const NO_HOST = badRequest('The request has no Host header. Send one.');

/** Returns the error to reject a request with, or null to accept it. */
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
    const refusal = guard(raw, routeOptions.url);
    // Frees a connection for the next client over the limit.
    if (!refusal && !admits(raw.socket)) reply.header('connection', 'close');
    done(refusal ?? undefined);
  });
  return guard;
}

/**
 * Creates the host check that protects an open gateway from DNS rebinding: a page of evil.example makes that name resolve to
 * 127.0.0.1. Names without a dot, `localhost` and IP addresses are safe.
 * @param others Other hosts or URLs of the gateway.
 */
export function localHostValidator(others: readonly string[]): HostValidator {
  const names = new Set(others.map((each) => hostname(parseUrl(each)?.host ?? each)));
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
