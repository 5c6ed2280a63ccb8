import { wallClockMs } from '../domain/clock.js';
import { isNotFound, UpstreamError } from '../domain/upstream-error.js';
import { BREAKER, Breaker, type BreakerOptions, type BreakerState } from './breaker.js';
import { Call, type CallEnvironment, type CallOptions, type Method, type UpstreamRequest } from './call.js';
import type { CancelScope } from './cancel-scope.js';
import { Deadlines } from './deadlines.js';
import { type Decoder, decode } from './decode.js';
import { cancelled, keyMissing } from './errors.js';
import { SingleFlight } from './single-flight.js';
import { Transport, type WireRequest } from './transport.js';

/** Caller of the upstream. */
export interface Caller {
  /** Key for the upstream, or null. */
  readonly key: string | null;
  /** Scope that ends every call in progress when it is cancelled. */
  readonly cancelScope?: CancelScope | undefined;
  /** Sends each call separately and never retries it. For work with its own retries, whose reads must be current. */
  readonly noRetry?: boolean;
}

export interface UpstreamClientOptions extends CallOptions {
  /** Origin with an optional path, such as `https://api.portkey.ai/v1`. */
  readonly baseUrl: string;
  /** Returns the headers for a key, as alternating names and values. */
  readonly authorize: (key: string) => string[];
  /** Clock to compare the upstream's clock with, in Unix milliseconds. The default is the wall clock. */
  readonly clock?: (() => number) | undefined;
  /** Options of the circuit breaker. The default is {@link BREAKER}. */
  readonly breaker?: BreakerOptions | undefined;
}

/** Options that are the same for every API. */
export type ConnectionOptions = Omit<
  UpstreamClientOptions,
  'upstream' | 'retryPolicy' | 'authorize' | 'parseFieldErrors'
>;

/** Resources that all callers of an API share. */
interface Connection extends CallEnvironment {
  readonly options: UpstreamClientOptions;
  readonly basePath: string;
  readonly reads: SingleFlight;
}

/**
 * Client of one upstream API, with a connection pool and a circuit breaker for all callers. Every failure is an
 * {@link UpstreamError}.
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

  /** Returns a client for one caller. */
  forCaller(caller: Caller): CallerClient {
    return new CallerClient(this.#connection, caller);
  }

  /** State of the breaker: `open` while it holds calls back, `half-open` while one call tests the upstream. */
  get breakerState(): BreakerState {
    return this.#connection.breaker.state;
  }

  /** Closes all connections, including busy ones. */
  async close(): Promise<void> {
    await this.#connection.transport.close();
  }
}

/** Makes the calls of one caller. */
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
   * Sends a request and returns the parsed JSON body of a 2xx response, or undefined if the body is empty.
   * @throws UpstreamError for any other result.
   */
  call(request: UpstreamRequest): Promise<unknown> {
    const { key } = this.#caller;
    // Not an async function, which would wrap the promise of every call in another one.
    try {
      if (key === null) throw keyMissing(this.#connection.options.upstream);
      return this.#send(request, this.#path(request), key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends a request and returns the decoded response. @throws UpstreamError */
  async fetch<T>(request: UpstreamRequest, decoder: Decoder<T>): Promise<T> {
    return this.#decode(request, await this.call(request), decoder);
  }

  /** Like `fetch`, but returns null for a 404. */
  async find<T>(request: UpstreamRequest, decoder: Decoder<T>): Promise<T | null> {
    try {
      // Does not call `fetch`, to save one promise per call.
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
    const { noRetry = false } = this.#caller;
    const create = () => {
      const wire = this.#wire(request, path, key);
      return new Call(this.#connection, { request, wire, key, noRetry });
    };
    if (noRetry || method !== 'GET') return create().begin(this.#scope);
    return this.#connection.reads.join(`${key} ${path}`, this.#scope, create);
  }

  #wire(request: UpstreamRequest, path: string, key: string): WireRequest {
    const method = methodOf(request);
    const { json, body } = request;
    this.#headers ??= [
      ...['accept', 'application/json'],
      // Without this header the server may use any encoding.
      ...['accept-encoding', 'identity'],
      ...this.#connection.options.authorize(key),
    ];
    const headers = this.#headers;
    if (body) {
      const { contentType, contentLength } = body;
      const bodyHeaders = ['content-type', contentType, 'content-length', String(contentLength)];
      return { method, path, headers: [...headers, ...bodyHeaders], body };
    }
    if (json === undefined) return { method, path, headers, body: null };
    const jsonHeaders = [...headers, 'content-type', 'application/json'];
    return { method, path, headers: jsonHeaders, body: JSON.stringify(json) };
  }

  #path({ endpoint, params = [], query }: UpstreamRequest): string {
    const { basePath, options } = this.#connection;
    let path = basePath;
    let position = endpoint.indexOf('/');
    for (const param of params) {
      // '.' and '..' survive percent-encoding and would be resolved. A lone surrogate cannot be encoded.
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
