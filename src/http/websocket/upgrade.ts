import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { InFlightRequest, InFlightRequests } from '../in-flight-requests.js';
import { badRequest, type RequestError, rawResponse } from '../request-error.js';

/** Handles a WebSocket request. `head` contains the bytes that followed it on its connection. */
type Handshake = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

const PIPELINED = badRequest(
  'An upgrade must not follow a request whose response is pending. Send it on a separate connection.',
);
const MALFORMED = badRequest('The upgrade request is malformed.');

/** Passes WebSocket requests to `handshake`. Requests for any other upgrade are served without it. */
export function onUpgrade(app: FastifyInstance, inFlight: InFlightRequests, handshake: Handshake): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // An unhandled error would end the process.
    socket.on('error', () => socket.destroy());
    const pending = inFlight.on(socket);
    // Node no longer manages the connection. The client could mistake a refusal for the pending response.
    if (pending.some(isUnsafeToRefuse)) socket.destroy();
    else if (pending.length > 0) refuse(socket, PIPELINED);
    else if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      serveWithoutUpgrade(app, request, socket, head);
    else handshake(request, socket, head).catch(() => refuse(socket, MALFORMED));
  });
}

/** Returns true for a request that may change something, or whose response is being sent. */
function isUnsafeToRefuse({ request, reply: { raw } }: InFlightRequest): boolean {
  return request.method !== 'GET' || (raw.headersSent && !raw.writableEnded);
}

/** Sends an error instead of the handshake, and closes the connection. */
export function refuse(socket: Duplex, error: RequestError): void {
  socket.once('finish', () => socket.destroy());
  socket.end(rawResponse(error));
}

/**
 * Returns a request to Node's server without its Upgrade header. Java's HttpClient offers an upgrade to HTTP/2 in every
 * request, and Node's `shouldUpgradeCallback` requires Node 24.9.
 */
function serveWithoutUpgrade(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer) {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n] ?? '';
    if (!/^(upgrade|http2-settings|connection)$/i.test(name)) lines.push(`${name}: ${rawHeaders[n + 1]}`);
  }
  if (/\bclose\b/i.test(request.headers.connection ?? '')) lines.push('connection: close');
  // Node has set a timeout after the previous response. It must not end this request.
  if (socket instanceof Socket) socket.setTimeout(0);
  socket.removeAllListeners('error');
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  app.server.emit('connection', socket);
}
