import type { RecordedRequest, Sandbox } from '../../src/sandbox/index.js';
import { at, until } from '../support/gateway.js';
import { FOLLOW, open, SSE, sseEvents } from '../support/streams.js';

export const TUNE = 'subscription ($id: ID!) { tuneUpdated(id: $id) { id status } }';

/** Subscription whose events are collected as they come. */
export interface Following {
  /** Results so far. */
  events(): readonly unknown[];
  /** Each event as a status, null or an error code. */
  words(): readonly unknown[];
  /** Resolves when the subscription ends. */
  readonly ended: Promise<unknown>;
  leave(): void;
}

/** Subscribes over server-sent events. */
export async function follow(
  { url }: { readonly url: string },
  id: string | number,
  query = FOLLOW,
): Promise<Following> {
  const stream = await open(url, { query, variables: { id: String(id) } }, SSE);
  const events = () =>
    sseEvents(stream.text())
      .filter(({ event }) => event === 'next')
      .map(({ data }) => data);
  return { events, words: () => events().map(wordOf), ended: stream.whole(), leave: stream.vanish };
}

function wordOf(result: unknown): unknown {
  const status = at(result, 'data.promptUpdated.status') ?? at(result, 'data.tuneUpdated.status');
  return at(result, 'errors.0.extensions.code') ?? status ?? null;
}

/** Waits for at least `count` events. */
export const untilEvents = (following: Following, count: number): Promise<number> =>
  until(
    () => following.events().length,
    (length) => length >= count,
  );

/** Read requests to Astria. */
export const polls = (sandbox: Sandbox): RecordedRequest[] =>
  sandbox.requests({ upstream: 'astria', method: 'GET' });

/** Waits for at least `count` read requests to Astria. */
export const untilPolls = (sandbox: Sandbox, count: number): Promise<number> =>
  until(
    () => polls(sandbox).length,
    (length) => length >= count,
  );
