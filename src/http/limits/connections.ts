import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { overloaded } from '../request-error.js';
import { ConnectionSlots } from './connection-slots.js';

/** Maximum number of connections over the limit that stay open until their request gets 503. Further ones are dropped. */
const MAX_REFUSED = 4_096;
/** Time for that request to arrive, in milliseconds. The shorter one applies while there are many such connections. */
const REFUSAL_MS = 2_000;
const HASTY_REFUSAL_MS = 500;
const MANY_REFUSED = 64;
const LOG_EVERY_MS = 60_000;

const LIMIT_REACHED = 'The gateway has reached its connection limit. Try again in a moment.';
export const TOO_MANY_CONNECTIONS = overloaded(LIMIT_REACHED);

/** A connection that is over the limit. */
interface Surplus {
  readonly source: string | null;
  /** Drops the connection. */
  readonly timer: NodeJS.Timeout;
  /** Frees its place among the refused connections. */
  readonly release: () => void;
}

/**
 * Limits the connections that a server serves concurrently, including WebSockets and streams. One source may use a quarter
 * of them.
 * @param sourceOf Returns the source of a connection, such as its address. Null if many clients share it, so that the limit
 * per source does not apply.
 * @returns A function that decides if requests on a connection may be served. A connection over the limit may be served
 * after others have closed.
 */
export function limitConnections(
  server: Server,
  max: number,
  sourceOf: (socket: Socket) => string | null,
  log: Log,
): (socket: Duplex) => boolean {
  const served = new ConnectionSlots(max);
  const refused = new ConnectionSlots(MAX_REFUSED);
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
    ended.release();
  };

  /** Drops a connection that is still over the limit, unless its response is being sent. */
  const drop = (socket: Duplex) => {
    if (surplus.has(socket) && !socket.writableEnded) socket.destroy();
  };

  const refuse = (socket: Duplex, source: string | null) => {
    logRefusal();
    const release = refused.acquire(source);
    if (!release) return void socket.destroy();
    const forMs = refused.taken > MANY_REFUSED ? HASTY_REFUSAL_MS : REFUSAL_MS;
    // The event loop may be late, so a request that has arrived is read first.
    const timer = setTimeout(() => setImmediate(() => drop(socket)), forMs).unref();
    surplus.set(socket, { source, timer, release });
    socket.once('close', () => endSurplus(socket));
  };

  server.on('connection', (socket) => {
    // An ignored upgrade emits this event again for its connection.
    if (known.has(socket)) return;
    known.add(socket);
    const source = sourceOf(socket);
    const release = served.acquire(source);
    if (release) socket.once('close', release);
    else refuse(socket, source);
  });

  return (socket) => {
    const waiting = surplus.get(socket);
    if (!waiting) return true;
    const release = served.acquire(waiting.source);
    if (!release) return false;
    endSurplus(socket);
    socket.once('close', release);
    return true;
  };
}
