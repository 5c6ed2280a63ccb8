import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TaskGroup } from '../async/task-group.js';
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
  /** Time at which its head had arrived, on the clock of `monotonicMs()`. */
  readonly since: number;
  /** False for a stream of results, which is sent without Fastify. */
  isSentByFastify: boolean;
}

/** The requests in flight on one connection. A client that pipelines has several. */
type Connection = InFlightRequest[];

/** Requests in flight, by connection. One record and one listener per request serve all code that tracks requests. */
export class InFlightRequests {
  readonly #connections = new Map<Duplex, Connection>();
  readonly #onEnd: (ended: InFlightRequest) => void;
  readonly #active = new TaskGroup();

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
    connection.push(inFlight);
    this.#active.start();
    reply.inFlight = inFlight;
    reply.raw.on('close', () => this.#ended(connection, inFlight));
  }

  *[Symbol.iterator](): Generator<InFlightRequest> {
    for (const connection of this.#connections.values()) yield* connection;
  }

  #open(socket: Duplex): Connection {
    const connection: Connection = [];
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      // Node emits no "close" on pipelined responses that it has not begun to send. Without it their handlers would never end.
      for (const { reply } of [...connection]) {
        const response = reply.raw;
        if (response.socket !== null || response.writableFinished) continue;
        response.destroy();
        response.emit('close');
      }
    });
    return connection;
  }

  #ended(connection: Connection, inFlight: InFlightRequest): void {
    // Node can emit the event after the handler of the connection has emitted it.
    const index = connection.indexOf(inFlight);
    if (index < 0) return;
    connection.splice(index, 1);
    this.#onEnd(inFlight);
    this.#active.end();
  }

  /** Returns the requests in flight on a connection. */
  on(socket: Duplex): readonly InFlightRequest[] {
    return this.#connections.get(socket) ?? [];
  }

  /** Resolves when every response has ended, or after `timeoutMs`. */
  whenIdle(timeoutMs: number): Promise<void> {
    return this.#active.idle(timeoutMs);
  }

  /** Drops the connections of all requests in flight, or only of those that have not completely arrived. */
  abort(which: 'all' | 'incomplete'): void {
    for (const { request } of [...this])
      if (which === 'all' || !request.raw.complete) request.raw.socket.destroy();
  }
}
