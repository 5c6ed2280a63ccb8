import type { Readable } from 'node:stream';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { monotonicMs, wallClockMs } from '../domain/clock.js';
import { ClockOffset } from './clock-offset.js';
import { errorCode } from './failures.js';
import { type FailedAttempt, parseRetryAfter } from './retry-policy.js';

/** A body that is streamed: it can be sent once, so a call that carries one is never repeated. */
export interface StreamBody {
  readonly contentType: string;
  /** In bytes; sent as Content-Length. */
  readonly contentLength: number;
  readonly stream: Readable;
  /** Whether the content could not be read to its end: what was sent of it then is no whole request. */
  isBroken(): boolean;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Below the origin, encoded, with the query. */
  readonly path: string;
  readonly authorization: Record<string, string>;
  readonly json?: unknown;
  readonly body?: StreamBody;
}

/** What one attempt came to: an answer below 400, one that is none to work with, or a failure. */
export type Attempt =
  | { readonly type: 'ANSWER'; readonly status: number; readonly text: string }
  /** `reason` is fit for a client. */
  | { readonly type: 'UNREADABLE'; readonly status: number; readonly reason: string }
  /** `text` is the body of an error answer; empty where that cannot be read. `code` is that of a failed connection. */
  | {
      readonly type: 'FAILED';
      readonly failed: FailedAttempt;
      readonly text: string;
      readonly code?: string;
    };

/**
 * The largest answer that is taken in. A full page of 120 tunes or prompts has 68 KiB for each of them, many times what
 * they are; and as many answers as there are connections, all of that size at once, are 512 MiB.
 */
export const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
const CONNECTIONS = 64;

/** Pooled keep-alive connections to one origin. */
export class Transport {
  readonly #pool: Pool;
  /** Why connections were not made, name look-up and TLS handshake included: nothing was sent over these. */
  readonly #notConnected = new WeakSet<Error>();
  readonly #clockOffset: ClockOffset;

  /** @param clock Clock that the upstream's is compared with, in Unix milliseconds. */
  constructor(origin: string, clock: () => number) {
    this.#clockOffset = new ClockOffset(clock);
    // The caller's deadline covers connecting, headers and body, so the pool's own timers are off.
    const open = buildConnector({});
    const connect: typeof open = (options, callback) =>
      open(options, (...[error, socket]) => {
        if (error) this.#notConnected.add(error);
        callback(...([error, socket] as Parameters<typeof callback>));
      });
    this.#pool = new Pool(origin, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0, connect });
  }

  /** Offset of the upstream's clock from the clock of the record. */
  get clockOffset(): Pick<ClockOffset, 'leastMs' | 'likelyMs'> {
    return this.#clockOffset;
  }

  /** Sends a request once. It never throws: once `signal` is aborted it fails as a lost connection does. */
  async send(request: WireRequest, signal: AbortSignal): Promise<Attempt> {
    const { method, path, json, body } = request;
    const sentAt = monotonicMs();
    try {
      const {
        statusCode,
        headers,
        body: content,
      } = await this.#pool.request({
        method,
        path,
        headers: headersOf(request),
        body: body?.stream ?? (json === undefined ? null : JSON.stringify(json)),
        signal,
      });
      if (typeof headers.date === 'string') this.#clockOffset.add(headers.date, sentAt);
      const read = await readText(content, headers);
      return statusCode < 400 ? answerOf(statusCode, read) : errorOf(statusCode, read, headers);
    } catch (error) {
      const isUnsent = error instanceof Error && this.#notConnected.has(error);
      const sent = !isUnsent && !body?.isBroken();
      const code = errorCode(error);
      return { type: 'FAILED', failed: { type: 'connection', sent }, text: '', ...(code && { code }) };
    }
  }

  /** Ends idle and busy connections alike. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

type Header = string | string[] | undefined;
type Headers = Dispatcher.ResponseData['headers'];
type Read = { readonly text: string } | { readonly unreadable: string };

function headersOf({ authorization, json, body }: WireRequest): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    // Without this any encoding would be as good.
    'accept-encoding': 'identity',
    ...authorization,
  };
  if (json !== undefined) headers['content-type'] = 'application/json';
  if (body) {
    headers['content-type'] = body.contentType;
    headers['content-length'] = String(body.contentLength);
  }
  return headers;
}

function answerOf(status: number, read: Read): Attempt {
  if (status >= 300) return { type: 'UNREADABLE', status, reason: 'it is a redirect' };
  return 'text' in read
    ? { type: 'ANSWER', status, text: read.text }
    : { type: 'UNREADABLE', status, reason: read.unreadable };
}

/** What an error answer says besides its status is of use, and not needed. */
function errorOf(status: number, read: Read, headers: Headers): Attempt {
  const retryAfterMs = parseRetryAfter(first(headers['retry-after']), first(headers.date), wallClockMs());
  const text = 'text' in read ? read.text : '';
  return { type: 'FAILED', failed: { type: 'status', status, retryAfterMs }, text };
}

/** Reads a body as text. One that is too large or encoded is not read on, and its connection is dropped. */
async function readText(body: Dispatcher.ResponseData['body'], headers: Headers): Promise<Read> {
  const encoding = first(headers['content-encoding'])?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    drop(body);
    return { unreadable: 'it is encoded in a way that was not asked for' };
  }
  if (Number(first(headers['content-length'])) > MAX_RESPONSE_BYTES) {
    drop(body);
    return { unreadable: 'it is too large' };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) return { unreadable: 'it is too large' };
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}

/** Nobody listens to it any more, not even to how it ends. */
function drop(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

const first = (header: Header) => (Array.isArray(header) ? header[0] : header);
