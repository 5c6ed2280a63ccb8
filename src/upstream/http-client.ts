import { wallClockMs } from '../domain/clock.js';
import { isNotFound, UpstreamError } from '../domain/upstream-error.js';
import { BREAKER, Breaker, type BreakerOptions, type BreakerState } from './breaker.js';
import { Call, type CallEnvironment, type CallOptions, type Method, type UpstreamRequest } from './call.js';
import type { CancelScope } from './cancel-scope.js';
import { Deadlines } from './deadlines.js';
import { type Decoder, decode } from './decode.js';
import { cancelled, keyMissing } from './failures.js';
import { SingleFlight } from './single-flight.js';
import { Transport, type WireRequest } from './transport.js';

/** On whose behalf calls are made. */
export interface Caller {
  /** The upstream key; null when there is none. */
  readonly key: string | null;
  /** Cancelled when nobody waits for a response any more; that ends every call in progress. */
  readonly cancelScope?: CancelScope | undefined;
  /**
   * Every call is sent by itself and once: for work that decides on repeats by itself, and whose reads must not be older
   * than its writes.
   */
  readonly isDirect?: boolean;
}

export interface UpstreamClientOptions extends CallOptions {
  /** An origin with an optional path, such as `https://api.portkey.ai/v1`. */
  readonly baseUrl: string;
  /** Returns the headers that carry a key: names and values in turn. */
  readonly authorize: (key: string) => string[];
  /** Clock to compare the upstream's clock with, in Unix milliseconds. Default: the wall clock. */
  readonly clock?: (() => number) | undefined;
  /** When calls are held back. Default {@link BREAKER}. */
  readonly breaker?: BreakerOptions | undefined;
}

/** What is the same for every API. */
export type ConnectionOptions = Omit<
  UpstreamClientOptions,
  'upstream' | 'retryPolicy' | 'authorize' | 'parseFaults'
>;

/** Everything that the callers of an API share. */
interface Connection extends CallEnvironment {
  readonly options: UpstreamClientOptions;
  readonly basePath: string;
  readonly reads: SingleFlight;
}

/**
 * Calls one upstream API: pooled keep-alive connections, one deadline over everything, repeats by the API's own policy,
 * a breaker over all callers, and every failure as an {@link UpstreamError}.
 */
export class UpstreamClient {
  readonly #connection: Connection;

  constructor(options: UpstreamClientOptions) {
    const base = new URL(options.baseUrl);
    this.#connection = {
      options,
      basePath: base.pathname.replace(/\/+$/, ''),
      transport: new Transport(base.origin, options.clock ?? wallClockMs),
      breaker: new Breaker(options.upstream, options.breaker ?? BREAKER, options.log),
      deadlines: new Deadlines(),
      reads: new SingleFlight(),
    };
  }

  /** Returns a client that calls on behalf of one caller. */
  forCaller(caller: Caller): CallerClient {
    return new CallerClient(this.#connection, caller);
  }

  /** `open` while calls are held back because nearly all of them failed; `half-open` while one of them finds out. */
  get breakerState(): BreakerState {
    return this.#connection.breaker.state;
  }

  /** Ends idle and busy connections alike. */
  async close(): Promise<void> {
    await this.#connection.transport.close();
  }
}

/** The calls of one caller. */
export class CallerClient {
  readonly #connection: Connection;
  readonly #caller: Caller;
  readonly #scope: CancelScope | null;
  #headers: string[] | null = null;

  constructor(connection: Connection, caller: Caller) {
    this.#connection = connection;
    this.#caller = caller;
    this.#scope = caller.cancelScope ?? null;
  }

  /** Offset of the upstream's clock from the `clock` option. */
  get clockOffset(): Transport['clockOffset'] {
    return this.#connection.transport.clockOffset;
  }

  /**
   * Sends a request and returns the parsed JSON body of a 2xx response (undefined when it is empty).
   * @throws UpstreamError for everything else.
   */
  call(request: UpstreamRequest): Promise<unknown> {
    const { key } = this.#caller;
    // Not an async function: that would wrap the promise of every call into another one.
    try {
      if (key === null) throw keyMissing(this.#connection.options.upstream);
      return this.#send(request, this.#path(request), key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends a request and returns its decoded response. @throws UpstreamError */
  async fetch<T>(request: UpstreamRequest, decoder: Decoder<T>): Promise<T> {
    return this.#decode(request, await this.call(request), decoder);
  }

  /** Like `fetch`, but null for a 404. */
  async find<T>(request: UpstreamRequest, decoder: Decoder<T>): Promise<T | null> {
    try {
      // Does not call `fetch`, to save a promise per call.
      return this.#decode(request, await this.call(request), decoder);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  #decode<T>(request: UpstreamRequest, body: unknown, decoder: Decoder<T>): T {
    const { upstream, log } = this.#connection.options;
    const { endpoint } = request;
    return decode(decoder, body, { upstream, method: methodOf(request), endpoint, log });
  }

  #send(request: UpstreamRequest, path: string, key: string): Promise<unknown> {
    const method = methodOf(request);
    if (this.#scope?.isCancelled) throw cancelled(this.#connection.options.upstream, method);
    const { isDirect = false } = this.#caller;
    const create = () => {
      const wire = this.#wire(request, path, key);
      return new Call(this.#connection, { request, wire, key, isDirect });
    };
    if (isDirect || method !== 'GET') return create().begin(this.#scope);
    return this.#connection.reads.join(`${key} ${path}`, this.#scope, create);
  }

  #wire(request: UpstreamRequest, path: string, key: string): WireRequest {
    const method = methodOf(request);
    const { json, body } = request;
    this.#headers ??= [
      ...['accept', 'application/json'],
      // Without this any encoding would be as good.
      ...['accept-encoding', 'identity'],
      ...this.#connection.options.authorize(key),
    ];
    const headers = this.#headers;
    if (body) {
      const { contentType, contentLength } = body;
      const own = ['content-type', contentType, 'content-length', String(contentLength)];
      return { method, path, headers: [...headers, ...own], body };
    }
    if (json === undefined) return { method, path, headers, body: null };
    const typed = [...headers, 'content-type', 'application/json'];
    return { method, path, headers: typed, body: JSON.stringify(json) };
  }

  #path({ endpoint, params = [], query }: UpstreamRequest): string {
    const { basePath, options } = this.#connection;
    let path = basePath;
    let position = endpoint.indexOf('/');
    for (const param of params) {
      // '.' and '..' survive percent-encoding and would be resolved away; half a character has no encoding.
      if (/^\.{0,2}$|\p{Surrogate}/u.test(param))
        throw new UpstreamError(options.upstream, 'NOT_FOUND', 'The object does not exist.');
      const start = endpoint.indexOf(':', position);
      path += `${endpoint.slice(position, start)}${encodeURIComponent(param)}`;
      const end = endpoint.indexOf('/', start);
      position = end === -1 ? endpoint.length : end;
    }
    path += endpoint.slice(position);
    const search = query?.toString();
    return search ? `${path}?${search}` : path;
  }
}

function methodOf({ endpoint }: UpstreamRequest): Method {
  return endpoint.slice(0, endpoint.indexOf(' ')) as Method;
}
