import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from './body.js';
import { stringifyLossless } from './lossless-json.js';

/** A response as a value. Handlers return it, faults can alter it, and the server sends it. */
export interface SandboxResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
  /** Server-sent events, written one by one instead of `body`. */
  events?: string[];
}

/** A request as a value. The path is relative to the base URL of the upstream. */
export interface UpstreamRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Body;
}

export interface Upstream {
  /** @throws Refusal */
  handle(request: UpstreamRequest): SandboxResponse;
  /** Returns an error response in the format of this upstream. */
  error(status: number, message: string): SandboxResponse;
}

/** Thrown to reject a request. The server sends the response that it carries. */
export class Refusal extends Error {
  readonly response: SandboxResponse;

  constructor(response: SandboxResponse) {
    super(`The request was rejected with status ${response.status}.`);
    this.response = response;
  }
}

/** Returns the result of `handle`, or the response of the Refusal that it throws. */
export function responseOf(handle: () => SandboxResponse): SandboxResponse {
  try {
    return handle();
  } catch (error) {
    if (error instanceof Refusal) return error.response;
    throw error;
  }
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): SandboxResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: stringifyLossless(value),
  };
}

export function empty(status: number): SandboxResponse {
  return { status, headers: {}, body: '' };
}

export function html(status: number, title: string): SandboxResponse {
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body: page };
}
