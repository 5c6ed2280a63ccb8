import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { parseUrl } from '../domain/url.js';
import { clientScheme, type Trust } from './client-address.js';
import type { Refusal } from './entrance.js';
import type { InFlightRequests } from './in-flight-requests.js';
import { rawAnswer } from './raw-answer.js';
import type { RefusalDetails, RequestError } from './request-error.js';

export interface UpgradeOptions {
  /** Where WebSockets are. */
  readonly path: string;
  /** The origins whose pages may use the gateway, besides its own. */
  readonly origins: readonly string[];
  readonly refusal: Refusal;
  readonly trust: Trust;
  /** Says why one more cannot be had from where it comes from; null: it can. */
  readonly overLimit: (request: IncomingMessage) => Promise<RequestError | null>;
  readonly inFlight: InFlightRequests;
  /** Takes over a connection that is to become a WebSocket. */
  readonly takeOver: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const PIPELINED =
  'An upgrade must not follow a request whose response is pending. Send it on a separate connection.';

/** Leads requests for a WebSocket at its path to who takes them over; others are refused. */
export function onUpgrade(app: FastifyInstance, options: UpgradeOptions): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until the WebSocket listens for itself: a client that vanishes now must not end the process.
    socket.on('error', () => socket.destroy());
    const pending = options.inFlight.on(socket);
    if (pending.length > 0) {
      // Node no longer manages the connection, so the rest of a response might never be sent.
      if (pending.some(({ reply: { raw } }) => raw.headersSent && !raw.writableEnded)) socket.destroy();
      else refuse(socket, 400, 'BAD_REQUEST', PIPELINED);
      return;
    }
    // An error that nothing handles would end the process.
    lead(app, options, request, socket, head).catch(() => {
      refuse(socket, 400, 'BAD_REQUEST', 'the request for another protocol is malformed');
    });
  });
}

async function lead(
  app: FastifyInstance,
  { path, origins, refusal, trust, overLimit, takeOver }: UpgradeOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return goOnWithout(app, request, socket, head);
  const refused = refusal(request) ?? (await overLimit(request));
  if (refused) refuse(socket, refused.statusCode, refused.code, refused.message, refused);
  else if (pathOf(request) !== path) refuse(socket, 404, 'BAD_REQUEST', `WebSockets are at ${path}`);
  else if (!isFromHere(request, origins, trust))
    refuse(socket, 403, 'BAD_REQUEST', 'a page of another origin may not use this WebSocket');
  else takeOver(request, socket, head);
}

/** Answers in place of the handshake, and closes. */
export function refuse(
  socket: Duplex,
  status: number,
  code: string,
  message: string,
  details?: RefusalDetails,
): void {
  socket.once('finish', () => socket.destroy());
  socket.end(rawAnswer(status, code, message, details));
}

function pathOf({ url = '' }: IncomingMessage): string {
  const path = url.replace(/\?.*$/s, '');
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}

/** The rules for requests across origins do not hold for WebSockets: every page could use the gateway's own keys. */
function isFromHere(request: IncomingMessage, origins: readonly string[], trust: Trust): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const page = parseUrl(origin);
  if (!page) return false;
  if (origins.includes(page.origin)) return true;
  return page.origin === parseUrl(`${clientScheme(request, trust)}://${host}`)?.origin;
}

/**
 * Node gives away every request with an Upgrade header once somebody listens for them, such as those of Java's HttpClient,
 * which offers HTTP/2 in each. The offer need not be taken: the request goes back without it.
 */
function goOnWithout(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n] ?? '';
    if (!/^(upgrade|http2-settings|connection)$/i.test(name)) lines.push(`${name}: ${rawHeaders[n + 1]}`);
  }
  if (/\bclose\b/i.test(request.headers.connection ?? '')) lines.push('connection: close');
  // Set after the previous response. It must not end this request.
  if (socket instanceof Socket) socket.setTimeout(0);
  socket.removeAllListeners('error');
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  app.server.emit('connection', socket);
}
