import type { IncomingMessage } from 'node:http';
import { readBody } from './body.js';
import {
  DIALECT_DESCRIPTIONS,
  DIALECT_VALUES,
  type Dialect,
  dialectProblems,
  isPartialDialect,
} from './dialect.js';
import { faultProblems, isFault } from './faults.js';
import { empty, json, type SandboxResponse } from './response.js';
import type { Fault, FaultKind, RecordedRequest } from './types.js';

/** Operations of the sandbox that the control API exposes. */
export interface Controls {
  urls(): Record<string, unknown>;
  addFault(fault: Fault): void;
  listFaults(): Fault[];
  clearFaults(): void;
  readonly dialect: Readonly<Dialect>;
  setDialect(changes: Partial<Dialect>): void;
  requests(): RecordedRequest[];
  clearRequests(): void;
  reset(): void;
}

const EXAMPLE_FAULT: Fault = {
  upstream: 'astria',
  kind: '504-after',
  method: 'POST',
  path: '/tunes/*/prompts',
};
/** Descriptions of the fault kinds, for users of the control API. */
const FAULT_KINDS: Record<FaultKind, string> = {
  '429': 'not processed; the response is 429, with Retry-After if retryAfter is set',
  '500': 'not processed; the response is 500',
  '502': 'not processed; the response is 502',
  '503': 'not processed; the response is 503, with Retry-After if retryAfter is set',
  '504-before': 'not processed; the response is 504',
  '500-after': 'processed; the response is 500',
  '502-after': 'processed; the response is 502',
  '503-after': 'processed; the response is 503',
  '504-after': 'processed; the response is 504',
  'drop-before': 'not processed; the connection is dropped',
  'drop-after': 'processed; the connection is dropped without a response',
  'drop-late': 'the connection is dropped; the request is processed delayMs later',
  'slow-body': 'processed; the correct response is spread over delayMs',
  'stall-body': 'processed; half of the correct response is sent, then nothing',
  'stall-headers': 'processed; no response is ever sent',
  'broken-json': 'processed; the response is 200 with malformed JSON',
  'truncated-json': 'processed; the response is cut off',
  html: 'not processed; the response is 200 with an HTML page',
  'wrong-shape': 'processed; the response is 200 with JSON of another shape',
  status: 'not processed; the response has the given status and body',
};
const FAULT_FIELDS: Record<keyof Fault, string> = {
  upstream: 'astria or portkey',
  kind: 'one of faultKinds',
  method: 'only requests with this method',
  path: 'only requests for this path, relative to the base URL of the upstream; * matches one segment, ** anything',
  times: 'number of requests that it affects; default 1, 0 means until it is cleared',
  skip: 'number of matching requests to let through first',
  retryAfter: 'Retry-After header of 429 and 503: seconds or an HTTP date',
  delayMs: 'duration of slow-body, or delay before drop-late is processed',
  status: 'HTTP status for kind status',
  body: 'JSON body for kind status',
};
const CROSS_SITE =
  'Cross-site requests are not allowed. Use a page on this machine, or a client other than a browser.';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

type Handler = (req: IncomingMessage, controls: Controls) => SandboxResponse | Promise<SandboxResponse>;

const ROUTES: Record<string, Handler> = {
  'GET /_sandbox': (_req, controls) => json(200, describe(controls)),
  'GET /_sandbox/faults': (_req, controls) => json(200, controls.listFaults()),
  'POST /_sandbox/faults': addFaults,
  'DELETE /_sandbox/faults': (_req, controls) => {
    controls.clearFaults();
    return empty(204);
  },
  'GET /_sandbox/dialect': (_req, controls) => json(200, controls.dialect),
  'PUT /_sandbox/dialect': changeDialect,
  'GET /_sandbox/requests': (_req, controls) => json(200, controls.requests()),
  'DELETE /_sandbox/requests': (_req, controls) => {
    controls.clearRequests();
    return empty(204);
  },
  'POST /_sandbox/reset': (_req, controls) => {
    controls.reset();
    return empty(204);
  },
};

/** Handles a request to the control API, which lets developers test their error handling. */
export async function control(
  req: IncomingMessage,
  path: string,
  controls: Controls,
): Promise<SandboxResponse> {
  const refusal = refuseCrossSite(req);
  if (refusal) return refusal;
  const route = `${req.method} ${path}`;
  const handler = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined;
  if (!handler) return json(404, { error: `Not found: ${route}.`, routes: Object.keys(ROUTES) });
  return handler(req, controls);
}

/**
 * Rejects requests from pages of other sites, which any browser on the developer's machine can send. The Host check stops
 * DNS rebinding, and requiring application/json stops forms and `no-cors` requests.
 */
function refuseCrossSite(req: IncomingMessage): SandboxResponse | null {
  const { origin, host } = req.headers;
  if (origin !== undefined && !isLoopbackOrigin(origin)) return json(403, { error: CROSS_SITE });
  if (req.headers['sec-fetch-site'] === 'cross-site') return json(403, { error: CROSS_SITE });
  const arrivedOnLoopback = /^(::ffff:)?127\.|^::1$/.test(req.socket.localAddress ?? '');
  if (arrivedOnLoopback && !LOOPBACK.test((host ?? '').replace(/:\d+$/, ''))) {
    return json(403, { error: 'The Host header is not allowed. Use localhost or a loopback address.' });
  }
  const type = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if ((req.method === 'POST' || req.method === 'PUT') && type !== 'application/json') {
    return json(415, { error: 'The content type is not supported. Send content-type: application/json.' });
  }
  return null;
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK.test(new URL(origin).hostname);
}

async function addFaults(req: IncomingMessage, controls: Controls): Promise<SandboxResponse> {
  const body = await readBody(req);
  if (body.kind !== 'json') {
    return json(400, {
      error: 'The body must be JSON. Send a fault or an array of faults.',
      example: EXAMPLE_FAULT,
    });
  }
  const faults: unknown[] = Array.isArray(body.value) ? body.value : [body.value];
  const problems = faults.flatMap((fault, n) =>
    faultProblems(fault).map((problem) => (Array.isArray(body.value) ? `[${n}] ${problem}` : problem)),
  );
  if (problems.length > 0)
    return json(400, { error: 'The fault is invalid.', problems, example: EXAMPLE_FAULT });
  for (const fault of faults) if (isFault(fault)) controls.addFault(fault);
  return json(201, controls.listFaults());
}

async function changeDialect(req: IncomingMessage, controls: Controls): Promise<SandboxResponse> {
  const body = await readBody(req);
  const changes = body.kind === 'json' ? body.value : undefined;
  if (!isPartialDialect(changes)) {
    return json(400, {
      error: 'The dialect is invalid.',
      problems:
        body.kind === 'json'
          ? dialectProblems(changes)
          : ['The body must be JSON. Send an object of settings.'],
      values: DIALECT_VALUES,
    });
  }
  controls.setDialect(changes);
  return json(200, controls.dialect);
}

function describe(controls: Controls): unknown {
  return {
    what: 'Emulated Astria and Portkey APIs with made-up data. Nothing here reaches the real services.',
    ...controls.urls(),
    dialect: controls.dialect,
    dialectSettings: DIALECT_DESCRIPTIONS,
    dialectValues: DIALECT_VALUES,
    faultKinds: FAULT_KINDS,
    faultFields: FAULT_FIELDS,
    routes: Object.keys(ROUTES),
    example: {
      what: 'Processes the next request that creates an Astria prompt, but responds with 504.',
      request: 'POST /_sandbox/faults',
      headers: { 'content-type': 'application/json' },
      body: EXAMPLE_FAULT,
    },
  };
}
