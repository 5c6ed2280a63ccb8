import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FormattedExecutionResult } from 'graphql';

/** How results are written one after another. */
export interface Framing {
  readonly contentType: string;
  readonly opening: string;
  /** Around a result in JSON. */
  readonly frame: (json: string) => string;
  /** Keeps proxies from taking a quiet stream for a dead one. */
  readonly heartbeat: string;
  readonly heartbeatMs: number;
  readonly closing: string;
}

const part = (json: string) =>
  `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${json}\r\n--graphql`;

export const FRAMINGS: Readonly<Record<'sse' | 'multipart', Framing>> = {
  /** GraphQL over Server-Sent Events, distinct connections (graphql-sse's PROTOCOL.md). */
  sse: {
    contentType: 'text/event-stream; charset=utf-8',
    opening: ':\n\n',
    frame: (json) => `event: next\ndata: ${json}\n\n`,
    heartbeat: ':\n\n',
    heartbeatMs: 12_000,
    closing: 'event: complete\ndata:\n\n',
  },
  /**
   * Apollo's multipart HTTP protocol for subscriptions. A boundary comes right after each part: a client has a part only
   * when it sees the end of it.
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

export function streamHeaders({ contentType }: Framing): Record<string, string> {
  return {
    'content-type': contentType,
    // A proxy that compresses would keep the events back.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  };
}

/** Open streams of results, which the gateway ends when it closes. */
export class OpenStreams {
  readonly #ends = new Set<() => void>();
  #areEnding = false;

  get size(): number {
    return this.#ends.size;
  }

  /**
   * @param end Completes the stream. It is called immediately if the gateway is closing already.
   * @returns Removes the stream.
   */
  add(end: () => void): () => void {
    if (this.#areEnding) end();
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** Ends all streams, and those that begin later. */
  end(): void {
    this.#areEnding = true;
    for (const end of this.#ends) end();
  }
}

/** How long a client that does not read may hold up the end of its stream when the gateway closes. */
const ENDING_MS = 1_000;
/** How long a client may take nothing of what is sent to it before it is taken for gone. */
const STALLED_MS = 60_000;

/**
 * Sends results as they come, each when the client has taken in those before: what it does not read is not made. When the
 * gateway closes, the stream is completed.
 */
export async function sendResults(
  response: ServerResponse,
  results: AsyncIterableIterator<FormattedExecutionResult, void>,
  framing: Framing,
  open: OpenStreams,
  stalledMs: number = STALLED_MS,
): Promise<void> {
  response.on('error', () => {});
  // Node counts the time since anything was sent or taken; heartbeats see to it that a quiet stream is none that has stalled.
  response.setTimeout(stalledMs, () => response.destroy());
  response.writeHead(200, streamHeaders(framing));
  const heart = setInterval(() => {
    if (!response.writableNeedDrain) response.write(framing.heartbeat);
  }, framing.heartbeatMs);
  const forget = open.add(() => {
    void results.return?.();
    const timer = setTimeout(() => response.destroy(), ENDING_MS);
    response.once('close', () => clearTimeout(timer));
  });
  // It fails when the client disconnects.
  await pipeline(framed(results, framing), response).catch(() => {});
  clearInterval(heart);
  forget();
}

async function* framed(
  results: AsyncIterable<FormattedExecutionResult>,
  { opening, frame, closing }: Framing,
): AsyncGenerator<string, void, void> {
  yield opening;
  for await (const result of results) yield frame(JSON.stringify(result));
  yield closing;
}
