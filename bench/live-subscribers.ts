import http from 'node:http';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const PROMPT_UPDATED = 'subscription ($id: ID!) { promptUpdated(id: $id) { id status } }';
const SETTLED = /"status":"(SUCCEEDED|FAILED)"/;

/** Subscriber that follows a prompt over a separate connection. */
export interface Subscriber {
  readonly promptId: string;
  /** Resolves after the subscriber has received the current state. */
  readonly subscribed: Promise<void>;
  /** Resolves with the time of `performance.now()` at which the subscriber learned that the prompt has settled. */
  readonly settled: Promise<number>;
  close(): void;
}

/** Creates a promise with its resolvers. */
function promised<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((take, refuse) => {
    resolve = take;
    reject = refuse;
  });
  // The promise may reject before anything awaits it.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** Creates the promises of a subscriber, which its events settle. */
function expectations() {
  const subscribed = promised<void>();
  const settled = promised<number>();
  return {
    subscribed: subscribed.promise,
    settled: settled.promise,
    /** @param event Serialized event. */
    saw(event: string): void {
      subscribed.resolve();
      if (SETTLED.test(event)) settled.resolve(performance.now());
    },
    fail(reason: string): void {
      const error = new Error(`A subscriber has failed: ${reason}`);
      subscribed.reject(error);
      settled.reject(error);
    },
  };
}

export function subscribeOverWebSocket(url: string, promptId: string): Subscriber {
  const expected = expectations();
  const client: Client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  client.subscribe(
    { query: PROMPT_UPDATED, variables: { id: promptId } },
    {
      next: (event) => expected.saw(JSON.stringify(event)),
      error: (error) => expected.fail(String(error)),
      complete: () => {},
    },
  );
  const { subscribed, settled } = expected;
  return { promptId, subscribed, settled, close: () => void client.dispose() };
}

export function subscribeOverSse(url: string, promptId: string): Subscriber {
  const expected = expectations();
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const request = http.request(`${url}/graphql`, { method: 'POST', headers, agent: false }, (response) => {
    if (response.statusCode !== 200) expected.fail(`status ${response.statusCode}`);
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (chunk: string) => {
      const events = (text + chunk).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) if (event.includes('promptUpdated')) expected.saw(event);
    });
    response.on('error', () => {});
  });
  request.on('error', (error) => expected.fail(error.message));
  request.end(JSON.stringify({ query: PROMPT_UPDATED, variables: { id: promptId } }));
  const { subscribed, settled } = expected;
  return { promptId, subscribed, settled, close: () => request.destroy() };
}
