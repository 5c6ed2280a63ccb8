import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FormattedExecutionResult } from 'graphql';

/** Format of a stream of results. */
export interface StreamEncoding {
  readonly contentType: string;
  readonly opening: string;
  /** Wraps a result in JSON. */
  readonly frame: (json: string) => string;
  /** Keeps proxies from closing an idle stream. */
  readonly heartbeat: string;
  readonly heartbeatMs: number;
  readonly closing: string;
}

const part = (json: string) =>
  `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${json}\r\n--graphql`;

export const STREAM_ENCODINGS: Readonly<Record<'sse' | 'multipart', StreamEncoding>> = {
  /** GraphQL over Server-Sent Events, in the distinct connections mode (graphql-sse's PROTOCOL.md). */
  sse: {
    contentType: 'text/event-stream; charset=utf-8',
    opening: ':\n\n',
    frame: (json) => `event: next\ndata: ${json}\n\n`,
    heartbeat: ':\n\n',
    heartbeatMs: 12_000,
    closing: 'event: complete\ndata:\n\n',
  },
  /**
   * Apollo's multipart HTTP protocol for subscriptions. A boundary directly follows each part, because a client does not
   * process a part before it has seen its end.
   */
  multipart: {
    contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    opening: '\r\n--graphql',
    frame: (json) => part(`{"payload":${json}}`),
    heartbeat: part('{}'),
    heartbeatMs: 5_000,
    closing: '--\r\n',
  },
};

export function streamHeaders({ contentType }: StreamEncoding): Record<string, string> {
  return {
    'content-type': contentType,
    // A compressing proxy would delay the events.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  };
}

/** Open streams of results, which the gateway ends when it closes. */
export class OpenStreams {
  readonly #ends = new Set<() => void>();
  #isClosing = false;

  get size(): number {
    return this.#ends.size;
  }

  /**
   * @param end Completes the stream. It is called immediately if the gateway is already closing.
   * @returns A function that removes the stream.
   */
  add(end: () => void): () => void {
    if (this.#isClosing) end();
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** Ends all streams, and those that begin later. */
  end(): void {
    this.#isClosing = true;
    for (const end of this.#ends) end();
  }
}

/** Time for a client to read the end of its stream when the gateway closes, in milliseconds. */
const ENDING_MS = 1_000;
/** Time after which a client that reads nothing counts as disconnected, in milliseconds. */
const STALLED_MS = 60_000;

/** Sends results as they arrive, and requests no more while the client does not read. Completes the stream when `open` ends. */
export async function sendResults(
  response: ServerResponse,
  results: AsyncIterableIterator<FormattedExecutionResult, void>,
  encoding: StreamEncoding,
  open: OpenStreams,
  stalledMs: number = STALLED_MS,
): Promise<void> {
  response.on('error', () => {});
  // Node measures the time since the last activity on the socket. Heartbeats keep an idle stream from timing out.
  response.setTimeout(stalledMs, () => response.destroy());
  response.writeHead(200, streamHeaders(encoding));
  const heartbeatTimer = setInterval(() => {
    if (!response.writableNeedDrain) response.write(encoding.heartbeat);
  }, encoding.heartbeatMs);
  const remove = open.add(() => {
    void results.return?.();
    const timer = setTimeout(() => response.destroy(), ENDING_MS);
    response.once('close', () => clearTimeout(timer));
  });
  // Fails if the client disconnects.
  await pipeline(framed(results, encoding), response).catch(() => {});
  clearInterval(heartbeatTimer);
  remove();
}

async function* framed(
  results: AsyncIterable<FormattedExecutionResult>,
  { opening, frame, closing }: StreamEncoding,
): AsyncGenerator<string, void, void> {
  yield opening;
  for await (const result of results) yield frame(JSON.stringify(result));
  yield closing;
}
