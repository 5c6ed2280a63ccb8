import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '../domain/log.js';
import { RequestError } from './request-error.js';

/** Connections over the limit that are kept until they have asked something, and can be told; more are dropped at once. */
const MAX_REFUSED = 64;
/** How long one of them may take to ask. */
const REFUSAL_MS = 2_000;
const LOG_EVERY_MS = 60_000;

export const tooManyConnections = () =>
  new RequestError(
    503,
    'OVERLOADED',
    'the gateway has as many connections as it takes: try again in a moment',
    {
      headers: { 'retry-after': '1' },
    },
  );

/** Serves at most so many connections at once, WebSockets and streams among them. */
export class Connections {
  readonly #max: number;
  readonly #log: Log;
  readonly #served = new Set<Duplex>();
  readonly #surplus = new Map<Duplex, NodeJS.Timeout>();
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(max: number, log: Log) {
    this.#max = max;
    this.#log = log;
  }

  /** Counts what connects to a server. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.#opened(socket));
  }

  /** Whether what is asked on a connection may be served; one that was over the limit may when others have closed. */
  admits(socket: Duplex): boolean {
    const timer = this.#surplus.get(socket);
    if (!timer) return true;
    if (this.#served.size >= this.#max) return false;
    clearTimeout(timer);
    this.#surplus.delete(socket);
    this.#served.add(socket);
    return true;
  }

  #opened(socket: Duplex): void {
    // A request that offers another protocol brings its connection here again.
    if (this.#served.has(socket) || this.#surplus.has(socket)) return;
    if (this.#served.size < this.#max) this.#served.add(socket);
    else {
      this.#tell();
      if (this.#surplus.size >= MAX_REFUSED) {
        socket.destroy();
        return;
      }
      this.#surplus.set(socket, setTimeout(() => socket.destroy(), REFUSAL_MS).unref());
    }
    socket.once('close', () => this.#closed(socket));
  }

  #closed(socket: Duplex): void {
    clearTimeout(this.#surplus.get(socket));
    this.#surplus.delete(socket);
    this.#served.delete(socket);
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now;
    this.#log.warn({ maxConnections: this.#max }, 'too many connections: new ones are refused');
  }
}
