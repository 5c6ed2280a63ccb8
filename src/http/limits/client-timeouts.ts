import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance, FastifyReply } from 'fastify';
import { monotonicMs } from '../../domain/clock.js';
import type { InFlightRequest, InFlightRequests } from '../in-flight-requests.js';
import { badRequest, errorBody, JSON_TYPE, RequestError, rawResponse } from '../request-error.js';

/** Time limits for clients, in milliseconds. */
export interface ClientTimeouts {
  /** Time for the first request head, from connecting, and for each later head, from its first byte. */
  readonly headMs: number;
  /** Time for a body that is not an upload. */
  readonly bodyMs: number;
  /** Time for a whole request, including uploads. */
  readonly requestMs: number;
  /** Longest pause while the client sends an upload. */
  readonly uploadStalledMs: number;
  /** Longest pause while the client reads a response. */
  readonly responseStalledMs: number;
  /** Time between two requests. Longer than the usual 60 seconds of proxies, so that the proxy closes the connection first. */
  readonly idleMs: number;
  /** Interval between checks for overdue heads, bodies and responses. A client may exceed the limits above by this time. */
  readonly checkMs: number;
}

export const CLIENT_TIMEOUTS: ClientTimeouts = {
  headMs: 20_000,
  bodyMs: 30_000,
  requestMs: 300_000,
  uploadStalledMs: 30_000,
  responseStalledMs: 60_000,
  idleMs: 72_000,
  checkMs: 5_000,
};

/** Time for a refused client to read the response, in milliseconds. */
const LINGER_MS = 2_000;
const TOO_SLOW = badRequest('The request did not arrive completely in time. Send it again.', 408);

/** Returns the Fastify options for the timeouts that Node enforces itself. */
export const serverTimeouts = ({ headMs, requestMs, idleMs, checkMs }: ClientTimeouts) => ({
  requestTimeout: requestMs,
  keepAliveTimeout: idleMs,
  http: {
    headersTimeout: headMs,
    connectionsCheckingInterval: checkMs,
    // Node's own 400 carries no explanation.
    requireHostHeader: false,
  } satisfies ServerOptions,
});

/**
 * Ends requests whose body arrives too slowly, and responses that are not read. One timer checks all requests in flight, so
 * that a fast request needs no timer.
 */
export function endSlowClients(app: FastifyInstance, inFlight: InFlightRequests, timeouts: ClientTimeouts) {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (isUpload(raw)) watchUpload(raw, reply, timeouts);
    done();
  });
  const timer = setInterval(() => {
    const now = monotonicMs();
    for (const each of inFlight) check(each, now, timeouts);
  }, timeouts.checkMs).unref();
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer);
    done();
  });
}

const isUpload = ({ headers }: IncomingMessage) => /^multipart\//i.test(headers['content-type'] ?? '');

function watchUpload(raw: IncomingMessage, reply: FastifyReply, { uploadStalledMs }: ClientTimeouts): void {
  raw.setTimeout(uploadStalledMs, () => {
    if (!raw.complete && !reply.sent) refuseSlow(reply);
  });
  raw.once('end', () => raw.socket.setTimeout(0));
}

function check(
  { request: { raw }, reply, since, isSentByFastify }: InFlightRequest,
  now: number,
  { bodyMs, responseStalledMs }: ClientTimeouts,
): void {
  if (isSentByFastify) watchResponse(reply.raw, responseStalledMs);
  else if (now - since >= bodyMs && !raw.complete && !reply.sent && !isUpload(raw)) refuseSlow(reply);
}

/** Makes Node destroy the connection if the client stops reading the response. */
function watchResponse(response: ServerResponse, responseStalledMs: number): void {
  const { socket } = response;
  if (!socket || socket.timeout === responseStalledMs) return;
  response.setTimeout(responseStalledMs);
  response.once('finish', () => {
    // Node sets its own timeout here, unless the next request has already arrived.
    if (socket.timeout === responseStalledMs) socket.setTimeout(0);
  });
}

function refuseSlow(reply: FastifyReply): void {
  reply.code(TOO_SLOW.statusCode).headers({ 'content-type': JSON_TYPE, connection: 'close' });
  reply.send(errorBody(TOO_SLOW));
}

/** Refuses requests that are invalid HTTP or late. Drops the connection if another response on it is pending. */
export function refuseUnreadableRequests(inFlight: InFlightRequests) {
  return (error: ConnectionError, socket: Socket): void => {
    // Node reports another error for data that arrives later.
    if (socket.destroyed || socket.writableEnded) return;
    const pending = inFlight.on(socket);
    const isResponding = pending.some(({ request, reply }) => request.raw.complete || reply.raw.headersSent);
    if (error.code === 'ECONNRESET' || !socket.writable || isResponding) return void socket.destroy();
    socket.end(rawResponse(refusalOf(error)));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  };
}

const LONG_HEADERS = 'The headers of the request exceed the size limit. Send fewer or shorter headers.';
const LONG_EXTENSIONS = 'The chunk extensions exceed the size limit. Send the body without them.';

function refusalOf({ code }: ConnectionError): RequestError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TOO_SLOW;
  if (code === 'HPE_HEADER_OVERFLOW') return new RequestError(431, 'TOO_LARGE', LONG_HEADERS);
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new RequestError(413, 'TOO_LARGE', LONG_EXTENSIONS);
  return badRequest('The request is not valid HTTP.');
}
