import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { RequestError } from '../request-error.js';
import { Places } from './places.js';

/** Number of connections over the limit that wait for their request, which gets 503. Further ones are dropped. */
const MAX_REFUSED = 4_096;
/** Time for the request to arrive, in milliseconds: usually, and while there are many such connections. */
const REFUSAL_MS = 2_000;
const HASTY_REFUSAL_MS = 500;
const MANY_REFUSED = 64;
const LOG_EVERY_MS = 60_000;

export const TOO_MANY_CONNECTIONS = new RequestError(
  503,
  'OVERLOADED',
  'the gateway has as many connections as it takes: try again in a moment',
  { headers: { 'retry-after': '1' } },
);

/** What a connection counts for, such as its address; null where that is of so many clients that it has no share. */
type ConnectionSource = (socket: Socket) => string | null;

/** A connection that is over the limit. */
interface Surplus {
  readonly source: string | null;
  /** Ends it. */
  readonly timer: NodeJS.Timeout;
  /** Frees its place among those that are refused. */
  readonly leave: () => void;
}

/** Serves at most so many connections at once, WebSockets and streams among them, and of one source a quarter of them. */
export class Connections {
  readonly #max: number;
  readonly #log: Log;
  readonly #served: Places;
  readonly #refused = new Places(MAX_REFUSED);
  readonly #surplus = new Map<Duplex, Surplus>();
  readonly #known = new WeakSet<Duplex>();
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(max: number, log: Log) {
    this.#max = max;
    this.#log = log;
    this.#served = new Places(max);
  }

  /** Counts what connects to a server. */
  watch(server: Server, sourceOf: ConnectionSource): void {
    server.on('connection', (socket) => {
      // A request that offers another protocol brings its connection here again.
      if (this.#known.has(socket)) return;
      this.#known.add(socket);
      this.#opened(socket, sourceOf(socket));
    });
  }

  /** Whether what is asked on a connection may be served; one that was over the limit may when others have closed. */
  admits(socket: Duplex): boolean {
    const surplus = this.#surplus.get(socket);
    if (!surplus) return true;
    const leave = this.#served.take(surplus.source);
    if (!leave) return false;
    this.#endSurplus(socket);
    socket.once('close', leave);
    return true;
  }

  #opened(socket: Duplex, source: string | null): void {
    const leave = this.#served.take(source);
    if (leave) socket.once('close', leave);
    else this.#refuse(socket, source);
  }

  #refuse(socket: Duplex, source: string | null): void {
    this.#tell();
    const leave = this.#refused.take(source);
    if (!leave) {
      socket.destroy();
      return;
    }
    const forMs = this.#refused.taken > MANY_REFUSED ? HASTY_REFUSAL_MS : REFUSAL_MS;
    // The event loop may be late, so a request that has arrived is read first.
    const timer = setTimeout(() => setImmediate(() => this.#drop(socket)), forMs).unref();
    this.#surplus.set(socket, { source, timer, leave });
    socket.once('close', () => this.#endSurplus(socket));
  }

  /** Drops a connection that is still over the limit, unless its response is being sent. */
  #drop(socket: Duplex): void {
    if (this.#surplus.has(socket) && !socket.writableEnded) socket.destroy();
  }

  #endSurplus(socket: Duplex): void {
    const surplus = this.#surplus.get(socket);
    if (!surplus) return;
    clearTimeout(surplus.timer);
    this.#surplus.delete(socket);
    surplus.leave();
  }

  #tell(): void {
    const now = monotonicMs();
    if (now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now;
    const counts = { connections: this.#served.taken, maxConnections: this.#max };
    this.#log.warn(counts, 'too many connections, in all or from one address: new ones are refused');
  }
}
