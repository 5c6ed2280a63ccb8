import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { monotonicMs } from '../domain/clock.js';

declare module 'fastify' {
  interface FastifyReply {
    inFlight: InFlightRequest | undefined;
  }
}

/** A request whose response has not ended. */
export interface InFlightRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** When its head had arrived, in milliseconds of `monotonicMs()`. */
  readonly since: number;
  /** False for a stream of results, which is sent without Fastify. */
  isSentByFastify: boolean;
}

/** The requests in flight on one connection. A client that pipelines has several. */
interface Connection {
  readonly requests: InFlightRequest[];
  /** Called when the last response has ended. */
  onIdle: (() => void)[];
}

/** All requests in flight, by connection. One record and one listener per request serve everything that follows requests. */
export class InFlightRequests {
  readonly #connections = new Map<Duplex, Connection>();
  readonly #onEnd: (ended: InFlightRequest) => void;
  #size = 0;
  #onQuiet = () => {};

  constructor(onEnd: (ended: InFlightRequest) => void) {
    this.#onEnd = onEnd;
  }

  /** Records each request of a server. Register before any hook that can reject a request. */
  watch(app: FastifyInstance): void {
    app.decorateReply('inFlight');
    app.addHook('onRequest', (request, reply, done) => {
      this.add(request, reply);
      done();
    });
    app.addHook('onSend', (_request, { inFlight }, payload, done) => {
      if (inFlight) inFlight.isSentByFastify = true;
      done(null, payload);
    });
  }

  add(request: FastifyRequest, reply: FastifyReply): void {
    const { socket } = request.raw;
    const connection = this.#connections.get(socket) ?? this.#open(socket);
    const inFlight = { request, reply, since: monotonicMs(), isSentByFastify: false };
    connection.requests.push(inFlight);
    this.#size += 1;
    reply.inFlight = inFlight;
    reply.raw.on('close', () => this.#ended(connection, inFlight));
  }

  *[Symbol.iterator](): Generator<InFlightRequest> {
    for (const { requests } of this.#connections.values()) yield* requests;
  }

  #open(socket: Duplex): Connection {
    const connection: Connection = { requests: [], onIdle: [] };
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      // Node forgets pipelined responses whose turn had not come, and their handlers would never hear of the end.
      for (const { reply } of [...connection.requests]) {
        const response = reply.raw;
        if (response.socket !== null || response.writableFinished) continue;
        response.destroy();
        response.emit('close');
      }
    });
    return connection;
  }

  #ended(connection: Connection, inFlight: InFlightRequest): void {
    // Node can emit the event after the end of the connection has emitted it.
    const index = connection.requests.indexOf(inFlight);
    if (index < 0) return;
    connection.requests.splice(index, 1);
    this.#size -= 1;
    this.#onEnd(inFlight);
    if (connection.requests.length > 0) return;
    for (const next of connection.onIdle.splice(0)) next();
    if (this.#size === 0) this.#onQuiet();
  }

  /**
   * Calls `next` when every response on a connection that Node has detached is sent. Until then nothing is read from the
   * connection, and Node does not notice when it can take more.
   */
  whenSent(socket: Duplex, next: () => void): void {
    const connection = this.#connections.get(socket);
    if (!connection || connection.requests.length === 0) {
      next();
      return;
    }
    const drained = () => {
      for (const { reply } of connection.requests) if (reply.raw.socket === socket) reply.raw.emit('drain');
    };
    // Keeps incoming data buffered, whatever makes the socket flow.
    const keep = () => {};
    socket.on('drain', drained).on('readable', keep);
    connection.onIdle.push(() => {
      socket.off('drain', drained).off('readable', keep);
      if (socket.destroyed || !socket.writable) socket.destroy();
      else next();
    });
  }

  /** Returns whether a response is being sent on a connection, or a complete request waits for one. */
  isResponding(socket: Duplex): boolean {
    const requests = this.#connections.get(socket)?.requests ?? [];
    return requests.some(({ request, reply }) => request.raw.complete || reply.raw.headersSent);
  }

  /** Drops the connections of requests that have not arrived completely. */
  abortIncomplete(): void {
    for (const { request } of [...this]) if (!request.raw.complete) request.raw.socket.destroy();
  }

  /** Resolves when every response has ended, after `timeoutMs` at the latest. */
  quiet(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#size === 0) this.#onQuiet();
    });
  }

  /** Drops the connections of all requests in flight. */
  abortAll(): void {
    for (const { request } of [...this]) request.raw.socket.destroy();
  }
}
