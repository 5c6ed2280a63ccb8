import { afterEach } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import type { UpstreamRequest } from '../../src/upstream/call.js';
import { SignalScope } from '../../src/upstream/cancel-scope.js';
import type { UpstreamClient } from '../../src/upstream/http-client.js';
import type { ObservedAttempt } from '../../src/upstream/outcomes.js';
import { portkeyClient } from '../../src/upstream/portkey/client.js';
import { until } from '../support/gateway.js';
import { type SocketHandler, type SocketUpstream, startSocketUpstream } from '../support/socket-upstream.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

export const HASTY_MS = 150;
export const GET: UpstreamRequest = { endpoint: 'GET /things' };
export const POST: UpstreamRequest = { endpoint: 'POST /things', json: {} };

export interface Setup {
  readonly client: UpstreamClient;
  readonly upstream: SocketUpstream;
  readonly observed: ObservedAttempt[];
  /** Makes a call without retries. @returns Its value or its error. */
  readonly end: (request?: UpstreamRequest, signal?: AbortSignal) => Promise<unknown>;
}

/** Starts an upstream and a client for it, and closes both after the test. */
export async function setUp(handler: SocketHandler, deadlineMs = 20_000, writeGraceMs = 0): Promise<Setup> {
  const upstream = await startSocketUpstream(handler);
  const observed: ObservedAttempt[] = [];
  const client = portkeyClient({
    ...{ baseUrl: upstream.url, deadlineMs, log: quiet, writeGraceMs },
    observe: (attempt) => observed.push(attempt),
  });
  opened.push(client, upstream);
  const end = (request = GET, signal?: AbortSignal) =>
    client
      .forCaller({ key: 'k', noRetry: true, ...(signal && { cancelScope: new SignalScope(signal) }) })
      .call(request)
      .catch((error: unknown) => {
        if (!(error instanceof UpstreamError)) throw error;
        const { kind, status, outcomeUnknown } = error;
        return { kind, ...(status !== null && { status }), ...(outcomeUnknown && { outcomeUnknown }) };
      });
  return { client, upstream, observed, end };
}

/** Resolves when the upstream's first connections are closed. */
export async function closed({ connections }: SocketUpstream, count = 1): Promise<void> {
  const isClosed = () => connections.slice(0, count).every(({ destroyed }) => destroyed);
  await until(() => connections.length >= count && isClosed(), Boolean);
}

export const CRLF = '\r\n';
export const response = (status: number, headers: readonly string[], body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} X${CRLF}${[...headers, '', ''].join(CRLF)}`),
    Buffer.from(body),
  ]);
export const sized = (status: number, body: string | Buffer, headers: readonly string[] = []): Buffer =>
  response(status, [`content-length: ${Buffer.byteLength(body)}`, ...headers], body);
export const send =
  (...pieces: readonly (string | Buffer)[]): SocketHandler =>
  (socket) => {
    for (const piece of pieces) socket.write(piece);
  };
export const sendAndEnd =
  (...pieces: readonly (string | Buffer)[]): SocketHandler =>
  (socket) =>
    void socket.end(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
/** Resets the connection once the pieces have arrived. */
export const sendAndReset =
  (...pieces: readonly (string | Buffer)[]): SocketHandler =>
  (socket) => {
    for (const piece of pieces) socket.write(piece);
    setTimeout(() => socket.resetAndDestroy(), 20);
  };

/** Sends a valid response to all requests after the first. */
export const thenFine =
  (first: SocketHandler): SocketHandler =>
  (socket, index) =>
    (index === 0 ? first : send(sized(200, '"fine"')))(socket, index);

export const PIECE = Buffer.alloc(64 * 1024, 'x');
