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
  'The gateway has reached its connection limit. Try again in a moment.',
  { headers: { 'retry-after': '1' } },
);

/** A connection that is over the limit. */
interface Surplus {
  readonly source: string | null;
  /** Ends it. */
  readonly timer: NodeJS.Timeout;
  /** Frees its place among those that are refused. */
  readonly leave: () => void;
}

/**
 * Limits the connections that a server serves at a time, including WebSockets and streams. One source may have a quarter of
 * them.
 * @param sourceOf Returns what a connection counts for, such as its address; null if that is of so many clients that it has no share.
 * @returns Decides if what is asked on a connection may be served. One that was over the limit may be when others have closed.
 */
export function limitConnections(
  server: Server,
  max: number,
  sourceOf: (socket: Socket) => string | null,
  log: Log,
): (socket: Duplex) => boolean {
  const served = new Places(max);
  const refused = new Places(MAX_REFUSED);
  const surplus = new Map<Duplex, Surplus>();
  const known = new WeakSet<Duplex>();
  let loggedAt = Number.NEGATIVE_INFINITY;

  const logRefusal = () => {
    const now = monotonicMs();
    if (now - loggedAt < LOG_EVERY_MS) return;
    loggedAt = now;
    const counts = { connections: served.taken, maxConnections: max };
    log.warn(counts, 'Too many connections in total or from one address. New ones are refused.');
  };

  const endSurplus = (socket: Duplex) => {
    const ended = surplus.get(socket);
    if (!ended) return;
    clearTimeout(ended.timer);
    surplus.delete(socket);
    ended.leave();
  };

  /** Drops a connection that is still over the limit, unless its response is being sent. */
  const drop = (socket: Duplex) => {
    if (surplus.has(socket) && !socket.writableEnded) socket.destroy();
  };

  const refuse = (socket: Duplex, source: string | null) => {
    logRefusal();
    const leave = refused.take(source);
    if (!leave) return void socket.destroy();
    const forMs = refused.taken > MANY_REFUSED ? HASTY_REFUSAL_MS : REFUSAL_MS;
    // The event loop may be late, so a request that has arrived is read first.
    const timer = setTimeout(() => setImmediate(() => drop(socket)), forMs).unref();
    surplus.set(socket, { source, timer, leave });
    socket.once('close', () => endSurplus(socket));
  };

  server.on('connection', (socket) => {
    // A request that offers another protocol brings its connection here again.
    if (known.has(socket)) return;
    known.add(socket);
    const source = sourceOf(socket);
    const leave = served.take(source);
    if (leave) socket.once('close', leave);
    else refuse(socket, source);
  });

  return (socket) => {
    const waiting = surplus.get(socket);
    if (!waiting) return true;
    const leave = served.take(waiting.source);
    if (!leave) return false;
    endSurplus(socket);
    socket.once('close', leave);
    return true;
  };
}
