import { empty, html, json, type SandboxResponse, type Upstream } from './response.js';
import type { Fault } from './types.js';

const PROXY_TITLES: Record<string, string> = {
  '502': '502 Bad Gateway',
  '503': '503 Service Temporarily Unavailable',
  '504': '504 Gateway Time-out',
};

/** Returns the response of a fault that prevents processing, or null if the request must be processed. */
export function replacementResponse(fault: Fault, upstream: Upstream): SandboxResponse | null {
  switch (fault.kind) {
    case '429':
      return withRetryAfter(upstream.error(429, 'Rate limit exceeded'), fault);
    case '500':
      return upstream.error(500, 'Internal server error');
    case '502':
    case '503':
    case '504-before':
      return withRetryAfter(proxyError(fault), fault);
    case 'html':
      return html(200, 'Please sign in');
    case 'status':
      return fault.body === undefined ? empty(fault.status ?? 500) : json(fault.status ?? 500, fault.body);
    default:
      return null;
  }
}

/** Applies a fault to the response of a processed request. */
export function alterResponse(fault: Fault, response: SandboxResponse, upstream: Upstream): SandboxResponse {
  switch (fault.kind) {
    case '500-after':
      return upstream.error(500, 'Internal server error');
    case '502-after':
    case '503-after':
    case '504-after':
      return proxyError(fault);
    case 'broken-json':
      return { ...asSingleBody(response), status: 200, body: '{"id": 1, "text": "unterminated' };
    case 'wrong-shape':
      return json(200, { unexpected: [{ shape: true }], id: { nested: 'not an id' }, data: 'not a list' });
    default:
      return asSingleBody(response);
  }
}

function proxyError({ kind }: Fault): SandboxResponse {
  const status = kind.slice(0, 3);
  return html(Number(status), PROXY_TITLES[status] ?? '');
}

/** Merges a streamed response into one body, so that it can be cut off or sent slowly. */
function asSingleBody(response: SandboxResponse): SandboxResponse {
  const { status, headers, body, events } = response;
  return { status, headers, body: events ? events.join('') : body };
}

function withRetryAfter(response: SandboxResponse, fault: Fault): SandboxResponse {
  if (fault.retryAfter === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(fault.retryAfter) } };
}
