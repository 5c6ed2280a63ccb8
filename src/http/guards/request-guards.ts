import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../domain/log.js';
import { parseUrl } from '../../domain/url.js';
import { isLoopback, sourceOf, type Trust } from '../limits/client-address.js';
import { limitConnections, TOO_MANY_CONNECTIONS } from '../limits/connections.js';
import { RequestError } from '../request-error.js';
import { allowOrigins } from './cors.js';
import { type SecurityHeadersOptions, sendSecurityHeaders } from './security-headers.js';

export type HostRule = (host: string | undefined) => boolean;

export interface GuardOptions extends SecurityHeadersOptions {
  /** The origins whose pages may use the gateway, besides its own. */
  readonly corsOrigins: readonly string[];
  /** Which hosts the gateway may be called by; null for all. */
  readonly isHere: HostRule | null;
  /** Proxies, whose connections are those of many clients. */
  readonly trust: Trust;
  /** Maximum number of open connections. */
  readonly maxConnections: number;
}

/** Health checks. Their responses tell nothing else. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);
/** Paths that only the operator's own programs request. */
export const OPERATOR_PATHS: ReadonlySet<string | undefined> = new Set([...PROBES, '/metrics']);

const MISDIRECTED = new RequestError(
  421,
  'BAD_REQUEST',
  'This gateway only accepts requests for localhost. Set PUBLIC_URL to allow another host name.',
);
const NO_HOST = new RequestError(400, 'BAD_REQUEST', 'The request has no Host header. Send one.');

/** Returns the reason to reject a request, or null to accept it. */
export type RequestGuard = (request: IncomingMessage, route?: string) => RequestError | null;

/**
 * Registers the checks that every request passes first. The headers are set before any check: without them a browser would hide
 * the refusal from its page.
 */
export async function registerGuards(
  app: FastifyInstance,
  options: GuardOptions,
  log: Log,
): Promise<RequestGuard> {
  const { isHere, trust, maxConnections } = options;
  // One address stands for all clients on this machine, or behind a proxy.
  const connectionSource = ({ remoteAddress = '' }: Socket) =>
    isLoopback(remoteAddress) || trust(remoteAddress) ? null : sourceOf(remoteAddress);
  const admits = limitConnections(app.server, maxConnections, connectionSource, log);
  const guard: RequestGuard = ({ socket, headers, httpVersion }, route) => {
    // The operator must be able to see that there are too many connections.
    if (!admits(socket) && !OPERATOR_PATHS.has(route)) return TOO_MANY_CONNECTIONS;
    if (headers.host === undefined && httpVersion === '1.1') return NO_HOST;
    // Probes use any host name.
    return isHere && !PROBES.has(route) && !isHere(headers.host) ? MISDIRECTED : null;
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
 * Returns true for a request that may be meant for a gateway that only this machine reaches and that lets everybody in. A page of
 * evil.example can have that name resolve to 127.0.0.1, and is then of the same origin as the gateway; what the browser
 * sends still bears the name (DNS rebinding). Addresses, `localhost` and names without a dot cannot be had like that.
 * @param known Other hosts or URLs that lead here.
 */
export function localHostRule(known: readonly string[]): HostRule {
  const names = new Set(known.map((each) => hostname(parseUrl(each)?.host ?? each)));
  return (host) => {
    // Browsers always send one.
    if (host === undefined) return true;
    const name = hostname(host);
    return (
      isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^[^.]*$|\.localhost$/.test(name) || names.has(name)
    );
  };
}

/** Without its port, and without the dot that may stand at the end. */
const hostname = (host: string) => host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
