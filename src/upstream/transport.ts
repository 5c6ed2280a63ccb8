import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { monotonicMs, wallClockMs } from '../domain/clock.js';
import { ClockOffset } from './clock-offset.js';
import { errorCode } from './errors.js';
import { type FailedAttempt, parseRetryAfter } from './retry-policy.js';

/** Streamed body. It can be sent only once, so a call with such a body is never retried. */
export interface StreamBody {
  readonly contentType: string;
  /** Length in bytes, sent as Content-Length. */
  readonly contentLength: number;
  readonly stream: Readable;
  /** Returns true if the content could not be read completely, so that the request was incomplete. */
  isBroken(): boolean;
}

/** Request as it goes over the wire. */
export interface WireRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Encoded path with the query. */
  readonly path: string;
  /** Alternating names and values. */
  readonly headers: string[];
  readonly body: string | StreamBody | null;
}

/** Result of one attempt. A `RESPONSE` has a status below 300. */
export type ExchangeResult =
  | { readonly type: 'RESPONSE'; readonly status: number; readonly text: string }
  /** `reason` may be shown to clients. */
  | { readonly type: 'UNREADABLE'; readonly status: number; readonly reason: string }
  /** `text` is the body of an error response, or empty if it cannot be read. `code` is the code of a connection error. */
  | {
      readonly type: 'FAILED';
      readonly failed: FailedAttempt;
      readonly text: string;
      readonly code?: string;
    };

/** Receives the result of an exchange once. Must not throw. */
export interface ExchangeListener {
  onResult(result: ExchangeResult): void;
}

/**
 * Largest accepted response, which allows 68 KiB for each item of a full page of 120. Concurrent responses of this size on all
 * connections take 512 MiB.
 */
export const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
const CONNECTIONS = 64;

/** Pooled keep-alive connections to one origin. */
export class Transport {
  readonly #pool: Pool;
  readonly #clockOffset: ClockOffset;

  /** @param clock Clock to compare the upstream's clock with, in Unix milliseconds. */
  constructor(origin: string, clock: () => number) {
    this.#clockOffset = new ClockOffset(clock);
    // The deadline of a call covers connecting, headers and body, so the timers of the pool are off.
    this.#pool = new Pool(origin, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** Offset of the upstream's clock from the clock given to the constructor. */
  get clockOffset(): Pick<ClockOffset, 'leastMs' | 'likelyMs'> {
    return this.#clockOffset;
  }

  /** Sends a request once. The result may be reported before this returns. */
  send(request: WireRequest, listener: ExchangeListener): Exchange {
    const { method, path, headers, body } = request;
    const exchange = new Exchange(body, this.#clockOffset, listener);
    const content = typeof body === 'string' || body === null ? body : body.stream;
    this.#pool.dispatch({ method, path, headers, body: content }, exchange);
    return exchange;
  }

  /** Closes all connections, including busy ones. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/**
 * Request and its response. Implements the older of undici's two handler interfaces, because the newer one builds an object of
 * all headers, which is a fifth of the cost of a call.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #sentAt = monotonicMs();
  readonly #body: WireRequest['body'];
  readonly #clockOffset: ClockOffset;
  readonly #listener: ExchangeListener;
  /** Drops the connection. Set immediately before the first byte is written. */
  #drop: ((reason: Error) => void) | null = null;
  #status = 0;
  /** Headers of an error response. */
  #headers: readonly Buffer[] = [];
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #isOver = false;

  constructor(body: WireRequest['body'], clockOffset: ClockOffset, listener: ExchangeListener) {
    this.#body = body;
    this.#clockOffset = clockOffset;
    this.#listener = listener;
    // undici handles errors of the stream only while it sends.
    if (isStream(body)) body.stream.on('error', () => {});
  }

  /** Ends the exchange as if the connection were lost. No-op after its end. */
  abort(): void {
    if (this.#isOver) return;
    this.#fail(null);
    this.#drop?.(new Error('The call has ended.'));
  }

  onConnect(drop: (reason: Error) => void): void {
    // The exchange was aborted while it waited for a connection. Throwing keeps the connection usable.
    if (this.#isOver) throw new Error('The call has ended.');
    this.#drop = drop;
  }

  /** Returns true to continue reading. @param headers Alternating names and values. */
  onHeaders(status: number, headers: Buffer[]): boolean {
    // Interim response: the final one follows.
    if (status < 200) return true;
    this.#status = status;
    if (status >= 400) this.#headers = headers;
    const date = headerOf(headers, 'date');
    if (date !== undefined) this.#clockOffset.add(date, this.#sentAt);
    const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? '';
    if (encoding !== '' && encoding !== 'identity') this.#refuse('its content encoding was not requested');
    else if (Number(headerOf(headers, 'content-length')) > MAX_RESPONSE_BYTES)
      this.#refuse('it is too large');
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > MAX_RESPONSE_BYTES) this.#refuse('it is too large');
    else this.#chunks.push(chunk);
    return true;
  }

  onComplete(): void {
    const [chunk] = this.#chunks;
    const content = chunk?.length === this.#size ? chunk : Buffer.concat(this.#chunks);
    this.#end(content.toString('utf8'), '');
  }

  onError(error: Error): void {
    this.#fail(errorCode(error));
  }

  /** Reports a response whose body is not read, and drops its connection. */
  #refuse(reason: string): void {
    this.#end('', reason);
    this.#drop?.(new Error('The response is not read.'));
  }

  /** @param unreadable Reason why the body was not read, or an empty string. */
  #end(text: string, unreadable: string): void {
    const status = this.#status;
    if (status >= 400) this.#report(this.#errorResponse(text));
    else if (status >= 300) this.#report({ type: 'UNREADABLE', status, reason: 'it is a redirect' });
    else if (unreadable) this.#report({ type: 'UNREADABLE', status, reason: unreadable });
    else this.#report({ type: 'RESPONSE', status, text });
  }

  /** Returns the result for an error response. Its body may be missing. */
  #errorResponse(text: string): ExchangeResult {
    const retryAfter = headerOf(this.#headers, 'retry-after');
    const retryAfterMs = parseRetryAfter(retryAfter, headerOf(this.#headers, 'date'), wallClockMs());
    return { type: 'FAILED', failed: { type: 'status', status: this.#status, retryAfterMs }, text };
  }

  #fail(code: string | null): void {
    const isBroken = isStream(this.#body) && this.#body.isBroken();
    const failed = { type: 'connection', sent: this.#drop !== null && !isBroken } as const;
    this.#report({ type: 'FAILED', failed, text: '', ...(code && { code }) });
  }

  #report(result: ExchangeResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onResult(result);
  }
}

function isStream(body: WireRequest['body']): body is StreamBody {
  return typeof body === 'object' && body !== null;
}

/** Returns the first header with this name. @param headers Alternating names and values. */
function headerOf(headers: readonly Buffer[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const each = headers[index];
    // Compare the lengths first, because decoding every name would be expensive.
    if (each?.length === name.length && each.toString('latin1').toLowerCase() === name)
      return headers[index + 1]?.toString('latin1');
  }
  return undefined;
}
