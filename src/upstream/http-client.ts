import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import type { Log } from '../domain/log.js';
import {
  UPSTREAM_NAMES,
  type Upstream,
  UpstreamError,
  type UpstreamFault,
} from '../domain/upstream-error.js';
import { type FailedAttempt, parseRetryAfter, type RetryPolicy } from './retry-policy.js';
import { SingleFlight } from './single-flight.js';

/** A body that is streamed: it can be sent once, so a call that carries one is never repeated. */
export interface StreamBody {
  readonly contentType: string;
  /** In bytes; sent as Content-Length. */
  readonly contentLength: number;
  readonly stream: Readable;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path segments, each to be encoded, such as `['tunes', id, 'prompts']`. */
  readonly path: readonly string[];
  readonly query?: URLSearchParams;
  readonly json?: unknown;
  readonly body?: StreamBody;
  /** The operation in the API's own words, for messages and the log: `GET /tunes/:id`. */
  readonly endpoint: string;
}

/** On whose behalf a call is made. */
export interface Caller {
  /** The upstream key; null when there is none. */
  readonly key: string | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface UpstreamClientOptions {
  readonly upstream: Upstream;
  /** An origin with an optional path, such as `https://api.portkey.ai/v1`. */
  readonly baseUrl: string;
  readonly retryPolicy: RetryPolicy;
  /** Milliseconds for one call, its repeats and the body included. */
  readonly deadlineMs: number;
  readonly authorize: (key: string) => Record<string, string>;
  /** Reads the complaints out of a 400, 409 or 422 answer. */
  readonly parseFaults: (body: unknown) => readonly UpstreamFault[];
  readonly log: Log;
}

const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
const CONNECTIONS = 64;
/** A write may take longer than a read: Astria gives up on one after 30 s and says so, and that answer is wanted. */
const WRITE_GRACE_MS = 10_000;
/** The slowest upload that is waited for, in bytes per millisecond. */
const SLOWEST_UPLOAD = 500;

interface RawAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/**
 * Calls one upstream API: pooled keep-alive connections, one deadline over everything, repeats by the API's own policy,
 * and every failure as an {@link UpstreamError}.
 */
export class UpstreamClient {
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #flights = new SingleFlight();
  readonly #options: UpstreamClientOptions;

  constructor(options: UpstreamClientOptions) {
    const base = new URL(options.baseUrl);
    this.#options = options;
    this.#basePath = base.pathname.replace(/\/+$/, '');
    // The deadline below covers connecting, headers and body, so the pool's own timers are off.
    this.#pool = new Pool(base.origin, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  }

  /**
   * Sends a request and gives the parsed JSON body of a 2xx answer (undefined when it is empty).
   * @throws UpstreamError for everything else.
   */
  async call(request: UpstreamRequest, caller: Caller): Promise<unknown> {
    const { key, signal } = caller;
    if (key === null) {
      const name = UPSTREAM_NAMES[this.#options.upstream];
      const header = `x-${name.toLowerCase()}-api-key`;
      throw this.#error('KEY_MISSING', `no key for ${name}: send one in the ${header} header`);
    }
    const path = this.#path(request);
    if (request.method !== 'GET') return this.#send(request, path, key, signal);
    return this.#flights
      .join(`${key} ${path}`, signal, (flight) => this.#send(request, path, key, flight))
      .catch((error) => {
        throw signal?.aborted ? this.#cancelled() : error;
      });
  }

  /** Ends idle and busy connections alike. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #path({ path, query }: UpstreamRequest): string {
    const encoded = path.map((segment) => {
      // '.' and '..' survive percent-encoding and would be resolved away.
      if (/^\.{0,2}$/.test(segment)) throw this.#error('NOT_FOUND', 'there is no such object');
      return encodeURIComponent(segment);
    });
    const search = query?.toString();
    return `${this.#basePath}/${encoded.join('/')}${search ? `?${search}` : ''}`;
  }

  async #send(
    request: UpstreamRequest,
    path: string,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const deadlineMs = this.#deadlineMs(request);
    const deadline = Date.now() + deadlineMs;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), deadlineMs);
    const cancel = () => abort.abort();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      for (let attempts = 1; ; attempts += 1) {
        const failure = await this.#attempt(request, path, key, abort.signal);
        if (!('failed' in failure)) return this.#parse(request, failure);
        if (abort.signal.aborted) {
          throw signal?.aborted ? this.#cancelled() : this.#timeout(request, failure.failed);
        }
        const wait = request.body
          ? null
          : this.#options.retryPolicy({
              method: request.method,
              attempts,
              failure: failure.failed,
              random: Math.random(),
            });
        if (wait === null || Date.now() + wait >= deadline)
          throw this.#failure(request, failure.failed, failure.answer);
        await sleep(wait, abort.signal);
        if (signal?.aborted) throw this.#cancelled();
      }
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      request.body?.stream.destroy();
    }
  }

  #deadlineMs({ method, body }: UpstreamRequest): number {
    if (method === 'GET') return this.#options.deadlineMs;
    return this.#options.deadlineMs + WRITE_GRACE_MS + Math.ceil((body?.contentLength ?? 0) / SLOWEST_UPLOAD);
  }

  async #attempt(
    request: UpstreamRequest,
    path: string,
    key: string,
    signal: AbortSignal,
  ): Promise<RawAnswer | { failed: FailedAttempt; answer?: RawAnswer }> {
    try {
      const response = await this.#pool.request({
        method: request.method,
        path,
        headers: this.#headers(request, key),
        body: request.body?.stream ?? (request.json === undefined ? null : JSON.stringify(request.json)),
        signal,
      });
      const text = await readText(response.body);
      if (text === null) throw this.#badResponse(request, 'the answer is too large', response.statusCode);
      const answer = { status: response.statusCode, headers: response.headers, text };
      if (answer.status < 400) return answer;
      const retryAfter = response.headers['retry-after'];
      const retryAfterMs = parseRetryAfter(
        Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
        Date.now(),
      );
      return { failed: { type: 'status', status: answer.status, retryAfterMs }, answer };
    } catch (error) {
      if (error instanceof UpstreamError) throw error;
      return { failed: { type: 'connection', sent: !NEVER_SENT.has(errorCode(error)) } };
    }
  }

  #headers({ json, body }: UpstreamRequest, key: string): Record<string, string> {
    const headers: Record<string, string> = { accept: 'application/json', ...this.#options.authorize(key) };
    if (json !== undefined) headers['content-type'] = 'application/json';
    if (body) {
      headers['content-type'] = body.contentType;
      headers['content-length'] = String(body.contentLength);
    }
    return headers;
  }

  #parse(request: UpstreamRequest, { status, text }: RawAnswer): unknown {
    if (status >= 300) throw this.#badResponse(request, 'an unexpected redirect', status);
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw this.#badResponse(request, 'the answer is not JSON', status);
    }
  }

  #failure(request: UpstreamRequest, failed: FailedAttempt, answer: RawAnswer | undefined): UpstreamError {
    const name = UPSTREAM_NAMES[this.#options.upstream];
    const isWrite = request.method !== 'GET';
    if (failed.type === 'connection') {
      this.#warn(request, null, failed.sent ? 'connection lost' : 'no connection');
      const outcomeUnknown = isWrite && failed.sent;
      return this.#error('UNAVAILABLE', `${name} cannot be reached`, { outcomeUnknown });
    }
    const { status } = failed;
    this.#warn(request, status, 'refused');
    const retryAfterMs = failed.retryAfterMs ?? undefined;
    const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    if (status === 401) return this.#error('UNAUTHENTICATED', `${name} refused the key`, details);
    if (status === 403) return this.#error('FORBIDDEN', `${name} does not let this key do that`, details);
    if (status === 402 || status === 412)
      return this.#error('FORBIDDEN', `the budget at ${name} is spent`, details);
    if (status === 404 || status === 410)
      return this.#error('NOT_FOUND', `${name} has no such object`, details);
    if (status === 429) return this.#error('RATE_LIMITED', `${name} limits the rate of calls`, details);
    if (status === 408 || status === 504) {
      return this.#error('TIMEOUT', `${name} took too long`, { ...details, outcomeUnknown: isWrite });
    }
    if (status >= 500) {
      return this.#error('UNAVAILABLE', `${name} has trouble (${status})`, {
        ...details,
        outcomeUnknown: isWrite && status !== 503,
      });
    }
    const faults = this.#options.parseFaults(parseOrNull(answer?.text));
    const kind = status === 409 ? 'CONFLICT' : 'REJECTED';
    return this.#error(kind, `${name} rejected the request (${status})`, { ...details, faults });
  }

  #timeout(request: UpstreamRequest, failed: FailedAttempt): UpstreamError {
    this.#warn(request, failed.type === 'status' ? failed.status : null, 'deadline passed');
    return this.#error('TIMEOUT', `${UPSTREAM_NAMES[this.#options.upstream]} took too long`, {
      outcomeUnknown: request.method !== 'GET' && failed.type === 'connection' && failed.sent,
    });
  }

  /** An answer that is not what the API documents; logged with what is wrong, which the client is not told. */
  #badResponse(request: UpstreamRequest, reason: string, status: number): UpstreamError {
    this.#warn(request, status, reason);
    return badResponse(this.#options.upstream, reason, { status, outcomeUnknown: request.method !== 'GET' });
  }

  #cancelled(): UpstreamError {
    return this.#error('CANCELLED', 'the caller went away');
  }

  #error(
    kind: UpstreamError['kind'],
    message: string,
    details?: ConstructorParameters<typeof UpstreamError>[3],
  ): UpstreamError {
    return new UpstreamError(this.#options.upstream, kind, message, details);
  }

  #warn(request: UpstreamRequest, status: number | null, reason: string): void {
    this.#options.log.warn(
      { upstream: this.#options.upstream, endpoint: request.endpoint, status, reason },
      'upstream call failed',
    );
  }
}

/** An answer that is not what the API documents. */
export function badResponse(
  upstream: Upstream,
  reason: string,
  details?: ConstructorParameters<typeof UpstreamError>[3],
): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} gave an answer that this gateway does not understand: ${reason}`;
  return new UpstreamError(upstream, 'BAD_RESPONSE', message, details);
}

/** The codes of undici and Node for connections that were never made. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Reads a body as text; null (and the connection is dropped) when it is over the limit. */
async function readText(body: Dispatcher.ResponseData['body']): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseOrNull(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

/** Waits; returns early when aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
