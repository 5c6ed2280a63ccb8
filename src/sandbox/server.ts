import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, answerOf, json, type Upstream } from './answer.js';
import { type Body, describeBody, PARSERS, readBody } from './body.js';
import { type Controls, control } from './control.js';
import { send, sendFaulty, showsStatus } from './delivery.js';
import { answerInstead, bendAnswer } from './fault-answers.js';
import type { Faults } from './faults.js';
import { ClientGone } from './form.js';
import type { Gallery } from './pictures/gallery.js';
import type { Recorder } from './recorder.js';
import type { Timers } from './timers.js';
import type { Fault, RecordedRequest, UpstreamName } from './types.js';

interface Parts {
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
  /** Starts serving. Called after `listen`, because the parts need to know the port. */
  serve(parts: Parts): void;
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
  let parts: Parts | null = null;
  const server = http.createServer((req, res) => {
    if (!parts) {
      res.destroy();
      return;
    }
    dispatch(req, res, parts).catch((error: unknown) => failed(res, error));
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
      parts = given;
    },
    close,
  };
}

/** Handles an error of `dispatch`. If the client did not disconnect, it is a bug in the sandbox and is reported as a 500. */
function failed(res: http.ServerResponse, error: unknown): void {
  if (error instanceof ClientGone || res.headersSent) res.destroy();
  else void send(res, json(500, { error: `Internal error in the sandbox: ${String(error)}` }));
}

async function dispatch(req: http.IncomingMessage, res: http.ServerResponse, parts: Parts): Promise<void> {
  const [rawPath = '/', rawQuery = ''] = splitTarget(req.url ?? '/');
  for (const [prefix, upstream] of MOUNTS) {
    if (!rawPath.startsWith(prefix)) continue;
    const path = rawPath.slice(prefix.length - 1);
    await answerUpstream(req, res, parts, { upstream, path, query: new URLSearchParams(rawQuery) });
    return;
  }
  const answer = await answerItself(req, rawPath, parts);
  req.resume();
  await send(res, answer);
}

function splitTarget(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

async function answerItself(req: http.IncomingMessage, path: string, parts: Parts): Promise<Answer> {
  if (path.startsWith('/images/'))
    return parts.gallery.handle(req.method ?? '', path.slice('/images'.length));
  if (path === '/_sandbox' || path.startsWith('/_sandbox/')) return control(req, path, parts.controls);
  return json(404, { error: 'Not found. GET /_sandbox lists the routes.' });
}

interface Target {
  upstream: UpstreamName;
  path: string;
  query: URLSearchParams;
}

async function answerUpstream(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  parts: Parts,
  target: Target,
): Promise<void> {
  const { headers, method = '' } = req;
  const record = parts.recorder.start({ ...target, method, headers });
  const fault = parts.faults.take(target.upstream, method, target.path);
  if (fault?.kind === 'drop-before') {
    req.socket.destroy();
    return;
  }
  const body = await readBody(req, PARSERS[target.upstream]);
  parts.recorder.keepBody(record, body);
  if (parts.latencyMs > 0) await parts.timers.sleep(parts.latencyMs);
  if (fault?.kind === 'drop-late') {
    req.socket.destroy();
    await parts.timers.sleep(fault.delayMs ?? 1000);
  }
  const upstream = parts[target.upstream];
  const answer = answerWith(fault, upstream, () =>
    upstream.handle({ method, path: target.path, query: target.query, headers, body }),
  );
  publishExchange(record, body, answer, fault);
  if (fault?.kind === 'drop-late') return;
  if (showsStatus(fault)) record.status = answer.status;
  if (fault) await sendFaulty(res, answer, fault, parts.timers);
  else await send(res, answer);
}

function publishExchange(record: RecordedRequest, body: Body, answer: Answer, fault: Fault | null): void {
  if (!EXCHANGES.hasSubscribers) return;
  EXCHANGES.publish({
    upstream: record.upstream,
    method: record.method,
    path: record.path,
    query: record.query,
    headers: record.headers,
    body: describeBody(body),
    fault: fault !== null,
    status: answer.status,
    responseText: answer.events ? answer.events.join('') : answer.body.toString(),
    contentType: answer.headers['content-type'] ?? '',
  });
}

function answerWith(fault: Fault | null, upstream: Upstream, handle: () => Answer): Answer {
  const instead = fault ? answerInstead(fault, upstream) : null;
  if (instead) return instead;
  const answer = answerOf(handle);
  return fault ? bendAnswer(fault, answer, upstream) : answer;
}
