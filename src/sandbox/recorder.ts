import type { IncomingHttpHeaders } from 'node:http';
import { type Body, describeBody } from './body.js';
import { wallClockMs } from './clock.js';
import { pathPattern } from './path-pattern.js';
import type { RecordedRequest, RequestFilter, UpstreamName } from './types.js';

const KEPT_REQUESTS = 10_000;
const KEPT_BODY_BYTES = 32 * 1024 * 1024;
const SECRET_HEADERS = new Set(['authorization', 'x-portkey-api-key', 'cookie', 'proxy-authorization']);

interface IncomingRequest {
  upstream: UpstreamName;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

/** Records the latest requests, newest last. Old bodies are dropped before old requests, which bounds the memory. */
export class Recorder {
  #requests: RecordedRequest[] = [];
  #bodies: { request: RecordedRequest; size: number }[] = [];
  #bodyBytes = 0;

  start(incoming: IncomingRequest): RecordedRequest {
    const request: RecordedRequest = {
      upstream: incoming.upstream,
      method: incoming.method,
      path: incoming.path,
      query: joinQuery(incoming.query),
      headers: redact(incoming.headers),
      body: null,
      status: null,
      at: wallClockMs(),
    };
    this.#requests.push(request);
    // Truncated in batches, because shifting a long array on every request is slow.
    if (this.#requests.length > KEPT_REQUESTS * 1.1) this.#requests = this.#requests.slice(-KEPT_REQUESTS);
    return request;
  }

  keepBody(request: RecordedRequest, body: Body): void {
    if (body.kind === 'none') return;
    request.body = describeBody(body);
    const size = sizeOf(body);
    this.#bodies.push({ request, size });
    this.#bodyBytes += size;
    if (this.#bodyBytes <= KEPT_BODY_BYTES) return;
    const dropped = this.#bodies.splice(0, Math.ceil(this.#bodies.length / 2));
    for (const old of dropped) {
      old.request.body = '[dropped]';
      this.#bodyBytes -= old.size;
    }
  }

  list(filter: RequestFilter = {}): RecordedRequest[] {
    const matches = filter.path === undefined ? () => true : pathPattern(filter.path);
    return this.#requests
      .slice(-KEPT_REQUESTS)
      .filter(
        (request) =>
          (filter.upstream === undefined || request.upstream === filter.upstream) &&
          (filter.method === undefined || request.method === filter.method.toUpperCase()) &&
          matches(request.path),
      );
  }

  clear(): void {
    this.#requests = [];
    this.#bodies = [];
    this.#bodyBytes = 0;
  }
}

function sizeOf(body: Body): number {
  if (body.kind === 'json') return body.size;
  if (body.kind !== 'form') return 100;
  return body.entries.reduce((sum, { value }) => sum + (typeof value === 'string' ? value.length : 200), 0);
}

function joinQuery(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

function redact(headers: IncomingHttpHeaders): Record<string, string> {
  const redacted: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) redacted[name] = SECRET_HEADERS.has(name) ? '[redacted]' : String(value);
  }
  return redacted;
}
