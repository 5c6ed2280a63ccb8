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
import type { Trust } from '../limits/client-address.js';
import { RequestError } from '../request-error.js';
import type { UploadLimits } from '../uploads/multipart.js';
import {
  type GraphQLSocketOptions,
  type GraphQLSocketServer,
  graphqlSockets,
  type OpenSocket,
} from './graphql-socket.js';
import { onUpgrade, refuse } from './upgrade.js';

/** What may wait to be taken in by a client before nothing of it is read any more, in bytes. */
const MAX_UNSENT_BYTES = 256 * 1024;
const PING_MS = 12_000;
/** As many pings without an answer, and the client is taken for gone. */
const MAX_MISSED_PONGS = 3;
/** How long a client may take to agree to the end. */
const CLOSING_MS = 500;

export interface WebSocketOptions extends GraphQLSocketOptions {
  readonly limits: UploadLimits;
  /** The origins whose pages may use the WebSocket, besides its own. */
  readonly origins: readonly string[];
  readonly guard: RequestGuard;
  /** Whose word on where a client is gets believed. */
  readonly trust: Trust;
}

const PATH = '/graphql';
const badRequest = (status: number, message: string) => new RequestError(status, 'BAD_REQUEST', message);

/** GraphQL over WebSocket (graphql-transport-ws) at /graphql. */
export function graphqlWebSocket(
  app: FastifyInstance,
  { origins, guard, trust, limits, ...options }: WebSocketOptions,
  inFlight: InFlightRequests,
): { size(): number; close(patienceMs: number): Promise<void> } {
  const graphql = graphqlSockets(options);
  const maxPayload = limits.maxBodyBytes;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, handleProtocols });
  let isClosing = false;
  const refusalOf = async (request: IncomingMessage, address: string): Promise<RequestError | null> => {
    const refused = guard(request) ?? (await options.rates.refusal(address));
    if (refused) return refused;
    if (pathOf(request.url ?? '') !== PATH) return badRequest(404, `The WebSocket endpoint is ${PATH}.`);
    if (!isAllowedOrigin(request, origins, trust))
      return badRequest(
        403,
        'Pages of this origin may not use the WebSocket. Add the origin to CORS_ORIGINS.',
      );
    return isClosing ? badRequest(503, 'The gateway is shutting down. Connect again.') : null;
  };
  onUpgrade(app, inFlight, async (request, socket, head) => {
    const client = { headers: request.headers, address: clientAddress(request, trust) };
    const refused = await refusalOf(request, client.address);
    if (refused) return refuse(socket, refused);
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, client, socket, graphql));
  });
  return {
    size: () => sockets.clients.size,
    async close(patienceMs) {
      isClosing = true;
      await graphql.finish(patienceMs);
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      const timer = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, CLOSING_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** CORS does not apply to WebSockets: without this check every page could use the gateway's own keys. */
function isAllowedOrigin(request: IncomingMessage, origins: readonly string[], trust: Trust): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const page = parseUrl(origin);
  if (!page) return false;
  if (origins.includes(page.origin)) return true;
  return page.origin === parseUrl(`${clientScheme(request, trust)}://${host}`)?.origin;
}

/** Returns the scheme of the URL of a request. Only a trusted proxy can say that it was https. */
function clientScheme({ headers, socket }: IncomingMessage, trust: Trust): 'http' | 'https' {
  if (!trust(socket.remoteAddress ?? '')) return 'http';
  const [forwarded = ''] = String(headers['x-forwarded-proto'] ?? '').split(',');
  return /^(https|wss)$/i.test(forwarded.trim()) ? 'https' : 'http';
}

/** Lets GraphQL speak over a WebSocket, and sees to it that neither side runs ahead of the other. */
function serve(
  webSocket: WebSocket,
  client: Pick<OpenSocket, 'headers' | 'address'>,
  connection: Duplex,
  graphql: GraphQLSocketServer,
): void {
  // ws has closed it by then, with the code that says why.
  webSocket.on('error', () => {});
  const gone = new Promise<void>((resolve) => {
    webSocket.once('close', () => resolve());
  });
  const closed = graphql.opened({
    ...client,
    protocol: webSocket.protocol,
    close: (code, reason) => webSocket.close(code, reason),
    // Resolves when it is handed to the system, so that the next result is made only then. While it closes nothing more is
    // wanted: to resolve at once would let a fast source run, and keep the event loop from ever getting to the end.
    send: (text) =>
      webSocket.readyState === webSocket.OPEN
        ? new Promise((resolve) => webSocket.send(text, () => resolve()))
        : gone,
    onMessage: (take) => {
      webSocket.on('message', (message) => void take(String(message)));
    },
  });
  // A client that asks without ever reading would fill the memory with answers, were they only pongs.
  const holdBack = () => {
    if (webSocket.bufferedAmount > MAX_UNSENT_BYTES) webSocket.pause();
  };
  webSocket.on('message', holdBack).on('ping', holdBack);
  const goOn = () => webSocket.resume();
  connection.on('drain', goOn);
  const stopPinging = keepAlive(webSocket);
  webSocket.once('close', (code, reason) => {
    stopPinging();
    connection.off('drain', goOn);
    closed(code, String(reason));
  });
}

/** Finds out when a client has gone without a word. */
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
