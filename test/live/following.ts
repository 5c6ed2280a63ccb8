import type { RecordedRequest, Sandbox } from '../../src/sandbox/index.js';
import { at, until } from '../support/gateway.js';
import { FOLLOW, open, SSE, sseEvents } from '../support/streams.js';

export const TUNE = 'subscription ($id: ID!) { tuneUpdated(id: $id) { id status } }';

/** A subscription that is read as its events come. */
export interface Following {
  /** The results so far. */
  events(): readonly unknown[];
  /** Its events in a few words: statuses, null, or the code of an error. */
  words(): readonly unknown[];
  /** Resolves with the end. */
  readonly ended: Promise<unknown>;
  leave(): void;
}

/** Follows something over server-sent events. */
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

/** Waits until there were so many events. */
export const untilEvents = (following: Following, count: number): Promise<number> =>
  until(
    () => following.events().length,
    (length) => length >= count,
  );

/** The reads that Astria was asked for. */
export const polls = (sandbox: Sandbox): RecordedRequest[] =>
  sandbox.requests({ upstream: 'astria', method: 'GET' });

/** Waits until there were so many of them. */
export const untilPolls = (sandbox: Sandbox, count: number): Promise<number> =>
  until(
    () => polls(sandbox).length,
    (length) => length >= count,
  );
