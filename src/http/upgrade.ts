import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { errorBody } from './request-error.js';

/** Takes over a connection that is to become a WebSocket. */
type TakeOver = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Leads requests for a WebSocket at `path` to `takeOver`; others are refused. */
export function onUpgrade(app: FastifyInstance, path: string, takeOver: TakeOver): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until the WebSocket listens for itself: a client that vanishes now must not end the process.
    socket.on('error', () => socket.destroy());
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      return goOnWithout(app, request, socket, head);
    if (pathOf(request) !== path) return refuse(socket, 404, 'BAD_REQUEST', `WebSockets are at ${path}`);
    if (!isSameOrigin(request))
      return refuse(socket, 403, 'BAD_REQUEST', 'a page of another origin may not use this WebSocket');
    takeOver(request, socket, head);
  });
}

/** Answers in place of the handshake, and closes. */
export function refuse(socket: Duplex, status: number, code: string, message: string): void {
  const body = errorBody(code, message);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function pathOf({ url = '' }: IncomingMessage): string {
  const path = url.replace(/\?.*$/s, '');
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}

/** The rules for requests across origins do not hold for WebSockets: any page could use the gateway's own keys. */
function isSameOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host;
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
  socket.removeAllListeners('error');
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  app.server.emit('connection', socket);
}
