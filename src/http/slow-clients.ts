import type { IncomingMessage, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rawAnswer } from './raw-answer.js';
import { errorBody } from './request-error.js';
import type { Unanswered } from './unanswered.js';

/** How long a client may keep the gateway waiting, in milliseconds. */
export interface ClientTimeouts {
  /** From when it has connected until its first request's head is there, and for each head from its first byte. */
  readonly headMs: number;
  /** For a body that is no upload. */
  readonly bodyMs: number;
  /** For a whole request, uploads included. */
  readonly requestMs: number;
  /** Without sending anything of an upload. */
  readonly uploadStalledMs: number;
  /** Without taking in anything of an answer. */
  readonly answerStalledMs: number;
  /** Between two requests. Longer than the proxies' usual 60 seconds: who closes last sees no broken request. */
  readonly idleMs: number;
  /** How often it is looked for heads and requests that are overdue. */
  readonly checkMs: number;
}

export const CLIENT_TIMEOUTS: ClientTimeouts = {
  headMs: 20_000,
  bodyMs: 30_000,
  requestMs: 300_000,
  uploadStalledMs: 30_000,
  answerStalledMs: 60_000,
  idleMs: 72_000,
  checkMs: 5_000,
};

/** How long a client may take to read that it was refused. */
const LINGER_MS = 2_000;
const TOO_SLOW = 'the request did not come whole in time';

/** What Node looks after by itself, as Fastify takes it. */
export const serverTimeouts = ({ headMs, requestMs, idleMs, checkMs }: ClientTimeouts) => ({
  requestTimeout: requestMs,
  keepAliveTimeout: idleMs,
  http: {
    headersTimeout: headMs,
    connectionsCheckingInterval: checkMs,
    // It would answer without a word of why.
    requireHostHeader: false,
  } satisfies ServerOptions,
});

/** Looks after bodies that come too slowly, and answers that are not taken in. */
export function endSlowClients(app: FastifyInstance, timeouts: ClientTimeouts): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request.raw)) watchBody(request, reply, timeouts);
    done();
  });
  const { answerStalledMs } = timeouts;
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Node destroys the connection: nobody listens for its event.
    reply.raw.setTimeout(answerStalledMs);
    done(null, payload);
  });
  app.addHook('onResponse', ({ raw: { socket } }, _reply, done) => {
    // Where Node has not set another time there is a request on the connection already; it is none of the client's time.
    if (socket.timeout === answerStalledMs) socket.setTimeout(0);
    done();
  });
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function watchBody(
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
  { bodyMs, uploadStalledMs }: ClientTimeouts,
): void {
  const end = () => {
    if (!raw.complete && !reply.sent) refuseSlow(reply);
  };
  if (/^multipart\//i.test(headers['content-type'] ?? '')) {
    raw.setTimeout(uploadStalledMs, end);
    raw.once('end', () => raw.socket.setTimeout(0));
    return;
  }
  const timer = setTimeout(end, bodyMs).unref();
  raw.once('end', () => clearTimeout(timer));
  reply.raw.once('close', () => clearTimeout(timer));
}

function refuseSlow(reply: FastifyReply): void {
  reply
    .code(408)
    .headers({ 'content-type': 'application/json; charset=utf-8', connection: 'close' })
    .send(errorBody('BAD_REQUEST', TOO_SLOW));
}

/** Answers what Node cannot read as HTTP, or has not had in time, where there is nothing else to be answered before. */
export function answerUnreadable(unanswered: Unanswered): (error: ConnectionError, socket: Socket) => void {
  return (error, socket) => {
    // Of what is still coming Node complains again.
    if (socket.destroyed || socket.writableEnded) return;
    if (error.code === 'ECONNRESET' || !socket.writable || unanswered.isAnswering(socket)) {
      socket.destroy();
      return;
    }
    socket.end(refusalOf(error));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  };
}

function refusalOf({ code }: ConnectionError): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return rawAnswer(408, 'BAD_REQUEST', TOO_SLOW);
  if (code === 'HPE_HEADER_OVERFLOW')
    return rawAnswer(431, 'TOO_LARGE', 'the headers of the request are larger than this gateway takes');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return rawAnswer(413, 'TOO_LARGE', 'the chunks of the request are larger than this gateway takes');
  return rawAnswer(400, 'BAD_REQUEST', 'the request is no valid HTTP');
}
