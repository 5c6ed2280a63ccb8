import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import type { Log } from '../domain/log.js';
import { type Upstream, UpstreamError, type UpstreamFault } from '../domain/upstream-error.js';
import { badResponse, cancelled, failureOf, keyMissing, mayHaveBeenSent, timeout } from './failures.js';
import { type FailedAttempt, parseRetryAfter, type RetryPolicy } from './retry-policy.js';
import { safeFaults } from './safe-text.js';
import { SingleFlight } from './single-flight.js';

/** A body that is streamed: it can be sent once, so a call that carries one is never repeated. */
export interface StreamBody {
  readonly contentType: string;
  /** In bytes; sent as Content-Length. */
  readonly contentLength: number;
  readonly stream: Readable;
  /** Whether the content could not be read to its end: what was sent of it then is no whole request. */
  isBroken(): boolean;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path segments, each to be encoded, such as `['tunes', id, 'prompts']`. */
  readonly path: readonly string[];
  readonly query?: URLSearchParams;
  readonly json?: unknown;
  readonly body?: StreamBody;
  /** The operation in the API's own words, for the log: `GET /tunes/:id`. */
  readonly endpoint: string;
}

/** On whose behalf a call is made. */
export interface Caller {
  /** The upstream key; null when there is none. */
  readonly key: string | null;
  /** Aborted when nobody waits for the answer any more; every call under way listens to it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Every call is sent by itself and once: for work that decides on repeats by itself, and whose reads must not be older
   * than its writes.
   */
  readonly isDirect?: boolean;
  /** Awaited before a direct call is sent; what it throws is thrown in place of the call. It gives what is to be done after it. */
  readonly before?: (() => Promise<() => void>) | undefined;
}

export interface UpstreamClientOptions {
  readonly upstream: Upstream;
  /** An origin with an optional path, such as `https://api.portkey.ai/v1`. */
  readonly baseUrl: string;
  readonly retryPolicy: RetryPolicy;
  /** Milliseconds for one call, its repeats and the body included. */
  readonly deadlineMs: number;
  readonly authorize: (key: string) => Record<string, string>;
  /** Reads the complaints out of a 400, 409 or 422 answer, in the API's own words: they are made fit to be shown here. */
  readonly parseFaults: (body: unknown) => readonly UpstreamFault[];
  readonly log: Log;
}

const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
const CONNECTIONS = 64;
/** A write may take longer than a read: Astria gives up on one after 30 s and says so, and that answer is wanted. */
const WRITE_GRACE_MS = 10_000;
/** The slowest upload that is waited for, in bytes per millisecond. */
const SLOWEST_UPLOAD = 500;

/** A call on its way. */
interface Call {
  readonly request: UpstreamRequest;
  readonly path: string;
  readonly key: string;
  readonly policy: RetryPolicy;
}
const neverRepeat: RetryPolicy = () => null;

interface Answer {
  readonly status: number;
  readonly text: string;
}
type Attempt = Answer | { readonly failed: FailedAttempt; readonly text: string };

/**
 * Calls one upstream API: pooled keep-alive connections, one deadline over everything, repeats by the API's own policy,
 * and every failure as an {@link UpstreamError}.
 */
export class UpstreamClient {
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #flights = new SingleFlight();
  readonly #options: UpstreamClientOptions;
  #clockOffsetMs: number | null = null;

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
  async call(request: UpstreamRequest, { key, signal, isDirect = false, before }: Caller): Promise<unknown> {
    if (key === null) throw keyMissing(this.#options.upstream);
    const path = this.#path(request);
    const policy = isDirect || request.body ? neverRepeat : this.#options.retryPolicy;
    const call = { request, path, key, policy };
    if (before) {
      const after = await before();
      return this.#send(call, signal).finally(after);
    }
    if (isDirect || request.method !== 'GET') return this.#send(call, signal);
    try {
      return await this.#flights.join(`${key} ${path}`, signal, (flight) => this.#send(call, flight));
    } catch (error) {
      throw signal?.aborted ? cancelled(this.#options.upstream) : error;
    }
  }

  /** How far the upstream's clock is ahead of this one's, in milliseconds, up to a second too little; null: it tells no date. */
  get clockOffsetMs(): number | null {
    return this.#clockOffsetMs;
  }

  /** Ends idle and busy connections alike. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #path({ path, query }: UpstreamRequest): string {
    const encoded = path.map((segment) => {
      // '.' and '..' survive percent-encoding and would be resolved away; half a character has no encoding.
      if (/^\.{0,2}$|\p{Surrogate}/u.test(segment)) {
        throw new UpstreamError(this.#options.upstream, 'NOT_FOUND', 'there is no such object');
      }
      return encodeURIComponent(segment);
    });
    const search = query?.toString();
    return `${this.#basePath}/${encoded.join('/')}${search ? `?${search}` : ''}`;
  }

  /** Sends until there is an answer, the policy gives up, the deadline passes or the caller goes away. */
  async #send(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    const { request, policy } = call;
    const deadlineMs = this.#deadlineMs(request);
    const deadline = Date.now() + deadlineMs;
    const abort = new AbortController();
    const end = () => abort.abort();
    const timer = setTimeout(end, deadlineMs);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    try {
      for (let attempts = 1; ; attempts += 1) {
        const attempt = await this.#attempt(call, abort.signal);
        if (!('failed' in attempt)) return this.#parse(request, attempt);
        if (abort.signal.aborted) throw this.#ended(request, signal);
        const question = { method: request.method, attempts, failure: attempt.failed, random: Math.random() };
        const wait = policy(question);
        if (wait === null || Date.now() + wait >= deadline)
          throw this.#failure(call, attempt.failed, attempt.text);
        await sleep(wait, undefined, { signal: abort.signal }).catch(() => {
          throw this.#ended(request, signal);
        });
      }
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      request.body?.stream.destroy();
    }
  }

  #deadlineMs({ method, body }: UpstreamRequest): number {
    if (method === 'GET') return this.#options.deadlineMs;
    return this.#options.deadlineMs + WRITE_GRACE_MS + Math.ceil((body?.contentLength ?? 0) / SLOWEST_UPLOAD);
  }

  async #attempt({ request, path, key }: Call, signal: AbortSignal): Promise<Attempt> {
    try {
      const response = await this.#pool.request({
        method: request.method,
        path,
        headers: this.#headers(request, key),
        body: request.body?.stream ?? (request.json === undefined ? null : JSON.stringify(request.json)),
        signal,
      });
      const { statusCode: status, headers } = response;
      this.#readClock(headers.date);
      const text = await readText(response.body);
      if (text === null) throw this.#badResponse(request, 'it is too large', status);
      if (status < 400) return { status, text };
      const retryAfter = headers['retry-after'];
      const retryAfterMs = parseRetryAfter(
        Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
        Date.now(),
      );
      return { failed: { type: 'status', status, retryAfterMs }, text };
    } catch (error) {
      if (error instanceof UpstreamError) throw error;
      return {
        failed: { type: 'connection', sent: !request.body?.isBroken() && mayHaveBeenSent(error) },
        text: '',
      };
    }
  }

  #readClock(date: string | string[] | undefined): void {
    const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (!Number.isNaN(time)) this.#clockOffsetMs = time - Date.now();
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

  #parse(request: UpstreamRequest, { status, text }: Answer): unknown {
    if (status >= 300) throw this.#badResponse(request, 'it is a redirect', status);
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw this.#badResponse(request, 'it is not JSON', status);
    }
  }

  #failure({ request, key }: Call, failed: FailedAttempt, text: string): UpstreamError {
    const status = failed.type === 'status' ? failed.status : null;
    // Not to exist is an ordinary thing for an object.
    if (status !== 404) this.#warn(request, status, status === null ? 'no answer' : 'an error answer');
    const faults = safeFaults(this.#options.parseFaults(parseOrNull(text)), key);
    return failureOf(this.#options.upstream, request.method !== 'GET', failed, faults);
  }

  /** Why a call was aborted: by its caller, or else by the deadline. */
  #ended(request: UpstreamRequest, signal: AbortSignal | undefined): UpstreamError {
    if (signal?.aborted) return cancelled(this.#options.upstream);
    this.#warn(request, null, 'deadline passed');
    return timeout(this.#options.upstream, request.method !== 'GET');
  }

  #badResponse(request: UpstreamRequest, reason: string, status: number): UpstreamError {
    this.#warn(request, status, reason);
    return badResponse(this.#options.upstream, reason, { status, outcomeUnknown: request.method !== 'GET' });
  }

  #warn({ endpoint }: UpstreamRequest, status: number | null, reason: string): void {
    const { log, upstream } = this.#options;
    log.warn({ upstream, endpoint, status, reason }, 'upstream call failed');
  }
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

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
