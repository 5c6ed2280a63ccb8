import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import clientAddress from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { parseUrl } from '../../domain/url.js';
import { pathOf } from '../error-handler.js';
import type { RequestGuard } from '../guards/request-guards.js';
import type { InFlightRequests } from '../in-flight-requests.js';
import type { IsTrustedProxy } from '../limits/client-address.js';
import { badRequest, type RequestError } from '../request-error.js';
import type { UploadLimits } from '../uploads/multipart.js';
import {
  CLOSING,
  type GraphQLSocketOptions,
  type GraphQLSocketServer,
  graphqlSockets,
  type OpenSocket,
} from './graphql-socket.js';
import { onUpgrade, refuse } from './upgrade.js';

/** Number of unsent bytes above which the gateway stops reading from a client. */
const MAX_UNSENT_BYTES = 256 * 1024;
const PING_MS = 12_000;
/** Number of unanswered pings after which a client counts as disconnected. */
const MAX_MISSED_PONGS = 3;
/** Time for a client to complete the closing handshake, in milliseconds. */
const CLOSING_MS = 500;

export interface WebSocketOptions extends GraphQLSocketOptions {
  readonly limits: UploadLimits;
  /** Origins whose pages may use the WebSocket, in addition to its own. */
  readonly origins: readonly string[];
  readonly guard: RequestGuard;
  /** Proxies whose forwarding headers are trusted. */
  readonly isTrustedProxy: IsTrustedProxy;
}

const PATH = '/graphql';
const FOREIGN_PAGE = 'Pages of this origin may not use the WebSocket. Add the origin to CORS_ORIGINS.';

/** Serves GraphQL over WebSocket (graphql-transport-ws) at /graphql. */
export function graphqlWebSocket(
  app: FastifyInstance,
  { origins, guard, isTrustedProxy, limits, ...options }: WebSocketOptions,
  inFlight: InFlightRequests,
): { size(): number; close(timeoutMs: number): Promise<void> } {
  const graphql = graphqlSockets(options);
  const maxPayload = limits.maxBodyBytes;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, handleProtocols });
  let isClosing = false;
  const refusalOf = async (request: IncomingMessage, address: string): Promise<RequestError | null> => {
    const refusal = guard(request) ?? (await options.rates.refusal(address));
    if (refusal) return refusal;
    if (pathOf(request.url ?? '') !== PATH) return badRequest(`The WebSocket endpoint is ${PATH}.`, 404);
    if (!isAllowedOrigin(request, origins, isTrustedProxy)) return badRequest(FOREIGN_PAGE, 403);
    return isClosing ? badRequest(CLOSING, 503) : null;
  };
  onUpgrade(app, inFlight, async (request, socket, head) => {
    const client = { headers: request.headers, address: clientAddress(request, isTrustedProxy) };
    const refusal = await refusalOf(request, client.address);
    if (refusal) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, client, socket, graphql));
  });
  return {
    size: () => sockets.clients.size,
    async close(timeoutMs) {
      isClosing = true;
      await graphql.close(timeoutMs);
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      const timer = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, CLOSING_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Checks the page of a WebSocket. CORS does not apply, so any page could otherwise use the gateway's own keys. */
function isAllowedOrigin(
  request: IncomingMessage,
  origins: readonly string[],
  isTrustedProxy: IsTrustedProxy,
): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const pageUrl = parseUrl(origin);
  if (!pageUrl) return false;
  if (origins.includes(pageUrl.origin)) return true;
  return pageUrl.origin === parseUrl(`${clientScheme(request, isTrustedProxy)}://${host}`)?.origin;
}

/** Returns the scheme of the URL of a request. Only a trusted proxy can say that it was https. */
function clientScheme(
  { headers, socket }: IncomingMessage,
  isTrustedProxy: IsTrustedProxy,
): 'http' | 'https' {
  if (!isTrustedProxy(socket.remoteAddress ?? '')) return 'http';
  const [forwarded = ''] = String(headers['x-forwarded-proto'] ?? '').split(',');
  return /^(https|wss)$/i.test(forwarded.trim()) ? 'https' : 'http';
}

/** Connects a WebSocket to GraphQL, with backpressure in both directions. */
function serve(
  webSocket: WebSocket,
  client: Pick<OpenSocket, 'headers' | 'address'>,
  connection: Duplex,
  graphql: GraphQLSocketServer,
): void {
  // ws has already closed the WebSocket with a code that states the reason.
  webSocket.on('error', () => {});
  const whenClosed = new Promise<void>((resolve) => {
    webSocket.once('close', () => resolve());
  });
  const closed = graphql.serve({
    ...client,
    protocol: webSocket.protocol,
    close: (code, reason) => webSocket.close(code, reason),
    // Resolves when the message is handed to the operating system, so that the next result is produced only then. Resolving
    // immediately while the WebSocket closes would let a fast source starve the event loop.
    send: (text) =>
      webSocket.readyState === webSocket.OPEN
        ? new Promise((resolve) => webSocket.send(text, () => resolve()))
        : whenClosed,
    onMessage: (handle) => {
      webSocket.on('message', (message) => void handle(String(message)));
    },
  });
  // A client that sends without ever reading would fill the memory with responses, even if they were only pongs.
  const pauseIfUnread = () => {
    if (webSocket.bufferedAmount > MAX_UNSENT_BYTES) webSocket.pause();
  };
  webSocket.on('message', pauseIfUnread).on('ping', pauseIfUnread);
  const resume = () => webSocket.resume();
  connection.on('drain', resume);
  const stopPinging = keepAlive(webSocket);
  webSocket.once('close', (code, reason) => {
    stopPinging();
    connection.off('drain', resume);
    closed(code, String(reason));
  });
}

/** Detects clients that have disconnected silently. Returns a function that stops the pings. */
function keepAlive(webSocket: WebSocket): () => void {
  let missed = 0;
  webSocket.on('pong', () => {
    missed = 0;
  });
  const timer = setInterval(() => {
    if (missed >= MAX_MISSED_PONGS) return webSocket.terminate();
    missed += 1;
    if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}
