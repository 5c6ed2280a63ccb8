import { type Answer, empty, html, json, type Upstream } from './answer.js';
import type { Fault } from './types.js';

const PROXY_TITLES: Record<string, string> = {
  '502': '502 Bad Gateway',
  '503': '503 Service Temporarily Unavailable',
  '504': '504 Gateway Time-out',
};

/** Returns the response of a fault that replaces the processing, or null if the request is to be processed. */
export function answerInstead(fault: Fault, upstream: Upstream): Answer | null {
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
export function bendAnswer(fault: Fault, answer: Answer, upstream: Upstream): Answer {
  switch (fault.kind) {
    case '500-after':
      return upstream.error(500, 'Internal server error');
    case '502-after':
    case '503-after':
    case '504-after':
      return proxyError(fault);
    case 'broken-json':
      return { ...plain(answer), status: 200, body: '{"id": 1, "text": "unterminated' };
    case 'wrong-shape':
      return json(200, { unexpected: [{ shape: true }], id: { nested: 'not an id' }, data: 'not a list' });
    default:
      return plain(answer);
  }
}

function proxyError({ kind }: Fault): Answer {
  const status = kind.slice(0, 3);
  return html(Number(status), PROXY_TITLES[status] ?? '');
}

/** Merges a streamed response into one body, so that it can be cut off or sent slowly. */
function plain(answer: Answer): Answer {
  const { status, headers, body, events } = answer;
  return { status, headers, body: events ? events.join('') : body };
}

function withRetryAfter(answer: Answer, fault: Fault): Answer {
  if (fault.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(fault.retryAfter) } };
}
