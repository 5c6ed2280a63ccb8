import { connect, type Socket } from 'node:net';

/** Prepared bytes of an operation and its response. */
export interface PreparedRequest {
  /** One request per credential. */
  readonly requests: readonly Buffer[];
  /** Body that every response must have. */
  readonly expected: Buffer;
}

export interface LoadResult {
  readonly requests: number;
  /** Responses with status 503. */
  readonly refused: number;
  /** Sorted times from the first byte sent to the last byte received. */
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
}

/** Pause of a client after a refusal. */
const REFUSED_MS = 50;
const CHECK_MS = 20;
const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY: Buffer = Buffer.alloc(0);

/** Connection that sends one request at a time, much cheaper than a complete HTTP client. */
export class Connection {
  #socket: Socket;
  #head = EMPTY;
  #status = 0;
  #bytesLeft = -1;
  #expected = EMPTY;
  #settle: ((error: Error | null, status: number) => void) | null = null;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#socket = this.#open();
  }

  #open(): Socket {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () =>
      this.#end(new Error('The connection was closed before the response was complete.')),
    );
    return socket;
  }

  /** Sends a request. A response with status 200 must have the expected body. */
  send(request: Buffer, expected: Buffer): Promise<number> {
    if (this.#socket.destroyed || this.#socket.readableEnded) this.#socket = this.#open();
    this.#expected = expected;
    this.#head = EMPTY;
    this.#bytesLeft = -1;
    return new Promise((resolve, reject) => {
      this.#settle = (error, status) => (error ? reject(error) : resolve(status));
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  #end(error: Error | null): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(error, this.#status);
  }

  #receive(chunk: Buffer): void {
    if (this.#bytesLeft >= 0) {
      this.#receiveBody(chunk);
      return;
    }
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const problem = this.#readHead(this.#head.toString('latin1', 0, end));
    if (problem === null) this.#receiveBody(this.#head.subarray(end + HEAD_END.length));
    else this.#fail(problem);
  }

  /** @returns The reason why the response is unexpected, or null. */
  #readHead(head: string): string | null {
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return 'A response has no content-length.';
    this.#bytesLeft = Number(length);
    if (this.#status === 503) return null;
    if (this.#status !== 200) return `The status is ${head.slice(9, 50)}.`;
    return this.#bytesLeft === this.#expected.length
      ? null
      : 'The body differs in length from the first response.';
  }

  #receiveBody(chunk: Buffer): void {
    const start = this.#expected.length - this.#bytesLeft;
    this.#bytesLeft -= chunk.length;
    const isExpected =
      this.#status !== 200 ||
      this.#expected.compare(chunk, 0, chunk.length, start, start + chunk.length) === 0;
    if (!isExpected) this.#fail('The body differs from the first response.');
    else if (this.#bytesLeft <= 0) this.#end(null);
  }

  #fail(message: string): void {
    this.#end(new Error(`${message} ${this.#head.toString('utf8').slice(0, 2000)}`));
  }
}

/** Clients that each wait for their response before they send the next request. */
export class Clients {
  readonly #connections: Connection[];
  #next = 0;

  constructor(port: number, count: number) {
    this.#connections = Array.from({ length: count }, () => new Connection(port));
  }

  /**
   * Sends requests until `isOver` returns true.
   * @throws Error if a response is neither the expected one nor a refusal.
   */
  async run({ requests, expected }: PreparedRequest, isOver: () => boolean): Promise<LoadResult> {
    let ending = false;
    const timer = setInterval(() => {
      ending = isOver();
    }, CHECK_MS);
    const latenciesMs: number[] = [];
    let refused = 0;
    const startedAt = performance.now();
    const client = async (connection: Connection) => {
      for (;;) {
        const request = requests[this.#next % requests.length] ?? EMPTY;
        this.#next += 1;
        const sentAt = performance.now();
        const status = await connection.send(request, expected);
        const now = performance.now();
        if (status === 200) latenciesMs.push(now - sentAt);
        else {
          refused += 1;
          await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
        }
        if (ending) return;
      }
    };
    await Promise.all(this.#connections.map(client)).finally(() => clearInterval(timer));
    const seconds = (performance.now() - startedAt) / 1000;
    latenciesMs.sort((a, b) => a - b);
    return { requests: latenciesMs.length, refused, latenciesMs, seconds };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}
