import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What is to be answered on one connection: more than one request where a client does not wait for answers. */
interface Line {
  readonly exchanges: Set<Exchange>;
  /** What waits for the last of the answers. */
  readonly waiting: (() => void)[];
}

/** The requests that are yet to be answered, by connection. */
export class Unanswered {
  readonly #lines = new Map<Duplex, Line>();
  #onQuiet = () => {};

  add(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const line = this.#lines.get(socket) ?? this.#begin(socket);
    const exchange = { request, response };
    line.exchanges.add(exchange);
    response.once('close', () => {
      line.exchanges.delete(exchange);
      if (line.exchanges.size > 0) return;
      this.#lines.delete(socket);
      for (const goOn of line.waiting) goOn();
      if (this.#lines.size === 0) this.#onQuiet();
    });
  }

  #begin(socket: Duplex): Line {
    const line: Line = { exchanges: new Set(), waiting: [] };
    this.#lines.set(socket, line);
    const dropped = () => {
      // Node forgets the answers whose turn had not come: what makes them would never hear that nobody waits any more.
      for (const { response } of [...line.exchanges]) {
        if (response.socket !== null || response.writableFinished) continue;
        response.destroy();
        response.emit('close');
      }
    };
    socket.once('close', dropped);
    line.waiting.push(() => socket.off('close', dropped));
    return line;
  }

  /**
   * Goes on with a connection that Node has given away once all that was asked on it before is answered. Meanwhile nothing
   * is read from it, and Node hears of it no more by itself.
   */
  whenSent(socket: Duplex, goOn: () => void): void {
    const line = this.#lines.get(socket);
    if (!line) {
      goOn();
      return;
    }
    const drained = () => {
      for (const { response } of line.exchanges) if (response.socket === socket) response.emit('drain');
    };
    // With such a listener what comes is kept, whoever makes it flow.
    const keep = () => {};
    socket.on('drain', drained).on('readable', keep);
    line.waiting.push(() => {
      socket.off('drain', drained).off('readable', keep);
      if (socket.destroyed || !socket.writable) socket.destroy();
      else goOn();
    });
  }

  /** Whether an answer is being sent on a connection, or due to what has come whole: nothing else can be said on it. */
  isAnswering(socket: Duplex): boolean {
    const exchanges = [...(this.#lines.get(socket)?.exchanges ?? [])];
    return exchanges.some(({ request, response }) => request.complete || response.headersSent);
  }

  /** Drops the connections of requests that have not come whole. */
  cutOffHalfSent(): void {
    for (const [socket, { exchanges }] of this.#lines)
      if ([...exchanges].some(({ request }) => !request.complete)) socket.destroy();
  }

  /** Resolves when all is answered, or the patience is at its end. */
  quiet(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#lines.size === 0) this.#onQuiet();
    });
  }

  /** Drops the connections on which something is still to be answered. */
  drop(): void {
    for (const socket of [...this.#lines.keys()]) socket.destroy();
  }
}
