import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Body, describeBody, PARSERS, readBody } from './body.js';
import { type Controls, control } from './control.js';
import { send, sendFaulty, showsStatus } from './delivery.js';
import { alterResponse, replacementResponse } from './fault-responses.js';
import type { Faults } from './faults.js';
import { ClientDisconnectedError } from './form.js';
import type { Gallery } from './pictures/gallery.js';
import type { Recorder } from './recorder.js';
import { json, responseOf, type SandboxResponse, type Upstream } from './response.js';
import type { Timers } from './timers.js';
import type { Fault, RecordedRequest, UpstreamName } from './types.js';

interface Services {
  astria: Upstream;
  portkey: Upstream;
  gallery: Gallery;
  controls: Controls;
  faults: Faults;
  recorder: Recorder;
  timers: Timers;
  latencyMs: number;
}

interface Listener {
  host: string;
  port: number;
  /** Starts serving. Called after `listen`, because the services need to know the port. */
  serve(services: Services): void;
  close(): Promise<void>;
}

const MOUNTS: readonly (readonly [prefix: string, upstream: UpstreamName])[] = [
  ['/astria/', 'astria'],
  ['/portkey/v1/', 'portkey'],
];

/** Publishes each handled request with its response, so that tests can check both against the documentation. */
const EXCHANGES = channel('promptgate.sandbox.exchange');

export async function listen(host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  let services: Services | null = null;
  const server = http.createServer((req, res) => {
    if (!services) {
      res.destroy();
      return;
    }
    dispatch(req, res, services).catch((error: unknown) => handleFailure(res, error));
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= new Promise((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    return closing;
  };
  return {
    host,
    port: address.port,
    serve: (given) => {
      services = given;
    },
    close,
  };
}

/** Handles an error of `dispatch`. If the client did not disconnect, it is a bug in the sandbox and is reported as a 500. */
function handleFailure(res: http.ServerResponse, error: unknown): void {
  if (error instanceof ClientDisconnectedError || res.headersSent) res.destroy();
  else void send(res, json(500, { error: `Internal error in the sandbox: ${String(error)}` }));
}

async function dispatch(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  services: Services,
): Promise<void> {
  const [rawPath = '/', rawQuery = ''] = splitTarget(req.url ?? '/');
  for (const [prefix, upstream] of MOUNTS) {
    if (!rawPath.startsWith(prefix)) continue;
    const path = rawPath.slice(prefix.length - 1);
    await handleUpstream(req, res, services, { upstream, path, query: new URLSearchParams(rawQuery) });
    return;
  }
  const response = await handleInternal(req, rawPath, services);
  req.resume();
  await send(res, response);
}

function splitTarget(target: string): [string, string] {
  const queryStart = target.indexOf('?');
  return queryStart === -1 ? [target, ''] : [target.slice(0, queryStart), target.slice(queryStart + 1)];
}

async function handleInternal(
  req: http.IncomingMessage,
  path: string,
  services: Services,
): Promise<SandboxResponse> {
  if (path.startsWith('/images/'))
    return services.gallery.handle(req.method ?? '', path.slice('/images'.length));
  if (path === '/_sandbox' || path.startsWith('/_sandbox/')) return control(req, path, services.controls);
  return json(404, { error: 'Not found. GET /_sandbox lists the routes.' });
}

interface Target {
  upstream: UpstreamName;
  path: string;
  query: URLSearchParams;
}

async function handleUpstream(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  services: Services,
  target: Target,
): Promise<void> {
  const { headers, method = '' } = req;
  const record = services.recorder.start({ ...target, method, headers });
  const fault = services.faults.take(target.upstream, method, target.path);
  if (fault?.kind === 'drop-before') {
    req.socket.destroy();
    return;
  }
  const body = await readBody(req, PARSERS[target.upstream]);
  services.recorder.keepBody(record, body);
  if (services.latencyMs > 0) await services.timers.sleep(services.latencyMs);
  if (fault?.kind === 'drop-late') {
    req.socket.destroy();
    await services.timers.sleep(fault.delayMs ?? 1000);
  }
  const upstream = services[target.upstream];
  const response = processRequest(fault, upstream, () =>
    upstream.handle({ method, path: target.path, query: target.query, headers, body }),
  );
  publishExchange(record, body, response, fault);
  if (fault?.kind === 'drop-late') return;
  if (showsStatus(fault)) record.status = response.status;
  if (fault) await sendFaulty(res, response, fault, services.timers);
  else await send(res, response);
}

function publishExchange(
  record: RecordedRequest,
  body: Body,
  response: SandboxResponse,
  fault: Fault | null,
): void {
  if (!EXCHANGES.hasSubscribers) return;
  EXCHANGES.publish({
    upstream: record.upstream,
    method: record.method,
    path: record.path,
    query: record.query,
    headers: record.headers,
    body: describeBody(body),
    fault: fault !== null,
    status: response.status,
    responseText: response.events ? response.events.join('') : response.body.toString(),
    contentType: response.headers['content-type'] ?? '',
  });
}

function processRequest(
  fault: Fault | null,
  upstream: Upstream,
  handle: () => SandboxResponse,
): SandboxResponse {
  const instead = fault ? replacementResponse(fault, upstream) : null;
  if (instead) return instead;
  const response = responseOf(handle);
  return fault ? alterResponse(fault, response, upstream) : response;
}
