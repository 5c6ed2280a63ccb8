import http from 'node:http';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const PROMPT_UPDATED = 'subscription ($id: ID!) { promptUpdated(id: $id) { id status } }';
const SETTLED = /"status":"(SUCCEEDED|FAILED)"/;

/** One who follows a prompt over a connection of its own. */
export interface Subscriber {
  readonly promptId: string;
  /** Resolves once the present state was shown. */
  readonly shown: Promise<void>;
  /** When it was seen that the prompt has settled, in milliseconds of `performance.now()`. */
  readonly settled: Promise<number>;
  close(): void;
}

/** A promise and its ends. */
function promised<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((take, refuse) => {
    resolve = take;
    reject = refuse;
  });
  // One that nobody waits for yet may fail.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** What a subscriber waits for, to be settled as its events come. */
function expectations() {
  const shown = promised<void>();
  const settled = promised<number>();
  return {
    shown: shown.promise,
    settled: settled.promise,
    /** @param event As text. */
    saw(event: string): void {
      shown.resolve();
      if (SETTLED.test(event)) settled.resolve(performance.now());
    },
    fail(reason: string): void {
      const error = new Error(`a subscriber has failed: ${reason}`);
      shown.reject(error);
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
  const { shown, settled } = expected;
  return { promptId, shown, settled, close: () => void client.dispose() };
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
  const { shown, settled } = expected;
  return { promptId, shown, settled, close: () => request.destroy() };
}
