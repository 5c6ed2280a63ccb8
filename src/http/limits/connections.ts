import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { overloaded } from '../request-error.js';
import { ConnectionSlots } from './connection-slots.js';

/** Maximum number of connections over the limit that stay open until their request gets 503. Further ones are dropped. */
const MAX_REFUSED = 4_096;
/** Time for that request to arrive, in milliseconds. The shorter time applies while there are many such connections. */
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
  /** Frees its slot among the refused connections. */
  readonly release: () => void;
}

/**
 * Limits the connections that a server serves concurrently, including WebSockets and streams.
 * @param sourceOf Returns the source of a connection, such as its address, or null if many clients share it.
 * @returns A function that decides if requests on a connection may be served. Its result for a connection over the limit
 * changes after others have closed.
 */
export function limitConnections(
  server: Server,
  max: number,
  sourceOf: (socket: Socket) => string | null,
  log: Log,
): (socket: Duplex) => boolean {
  const servedSlots = new ConnectionSlots(max);
  const refusedSlots = new ConnectionSlots(MAX_REFUSED);
  const surplus = new Map<Duplex, Surplus>();
  const handled = new WeakSet<Duplex>();
  let loggedAt = Number.NEGATIVE_INFINITY;

  const logRefusal = () => {
    const now = monotonicMs();
    if (now - loggedAt < LOG_EVERY_MS) return;
    loggedAt = now;
    const counts = { connections: servedSlots.inUse, maxConnections: max };
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
    const release = refusedSlots.acquire(source);
    if (!release) return void socket.destroy();
    const timeoutMs = refusedSlots.inUse > MANY_REFUSED ? HASTY_REFUSAL_MS : REFUSAL_MS;
    // The event loop may be late, so a request that has arrived is read first.
    const timer = setTimeout(() => setImmediate(() => drop(socket)), timeoutMs).unref();
    surplus.set(socket, { source, timer, release });
    socket.once('close', () => endSurplus(socket));
  };

  server.on('connection', (socket) => {
    // An ignored upgrade emits this event again for its connection.
    if (handled.has(socket)) return;
    handled.add(socket);
    const source = sourceOf(socket);
    const release = servedSlots.acquire(source);
    if (release) socket.once('close', release);
    else refuse(socket, source);
  });

  return (socket) => {
    const overLimit = surplus.get(socket);
    if (!overLimit) return true;
    const release = servedSlots.acquire(overLimit.source);
    if (!release) return false;
    endSurplus(socket);
    socket.once('close', release);
    return true;
  };
}
