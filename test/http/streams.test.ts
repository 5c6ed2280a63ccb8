import { describe, expect, it } from '@jest/globals';
import { describeStreamingGateway } from '../support/describe-gateway.js';
import { at, calls, until } from '../support/gateway.js';
import {
  FOLLOW,
  isPromptStory,
  isWholeStory,
  JSON_TYPE,
  jobStarter,
  MULTIPART,
  multipartPayloads,
  open,
  SSE,
  slowDown,
  sseEvents,
  untilUnderWay,
  WATCH,
} from '../support/streams.js';

const gateway = describeStreamingGateway();

const start = jobStarter(gateway);
const send = (body: unknown, headers: Record<string, string>) => open(gateway.url, body, headers);
const get = (parameters: Record<string, string>, headers: Record<string, string>) =>
  fetch(`${gateway.url}/graphql?${new URLSearchParams(parameters)}`, { headers });
const progressOf = (result: unknown) => at(result, 'data.replicationProgress.status');

describe('server-sent events', () => {
  it('server-sent events follow a job until it completes, and end', async () => {
    slowDown(gateway);
    const id = await start();
    const { status, headers, whole } = await send({ query: WATCH, variables: { id } }, SSE);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const events = sseEvents(await whole());
    expect(events.pop()).toEqual({ event: 'complete', data: null });
    expect(events.every(({ event }) => event === 'next')).toBe(true);
    expect(isWholeStory(events.map(({ data }) => progressOf(data)))).toBe(true);
  });

  it('server-sent events arrive one by one, not together at the end', async () => {
    slowDown(gateway);
    const id = await start();
    const stream = await send({ query: WATCH, variables: { id } }, SSE);
    await until(
      () => sseEvents(stream.text()).length,
      (count) => count >= 2,
    );
    expect(stream.hasEnded()).toBe(false);
    stream.vanish();
    await untilUnderWay(gateway, 0);
  });

  it('server-sent events are sent for a GET request too, with a header that requires a preflight', async () => {
    const id = await start();
    const parameters = {
      query: WATCH,
      variables: JSON.stringify({ id }),
      operationName: 'ReplicationProgress',
    };
    const accept = { accept: 'text/event-stream' };
    const response = await get(parameters, { ...accept, 'apollo-require-preflight': '1' });
    expect(sseEvents(await response.text()).at(-1)).toEqual({ event: 'complete', data: null });
    for (const headers of [accept, { ...accept, 'content-type': 'text/plain' }] as Record<string, string>[]) {
      const refused = await get(parameters, headers);
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain('BAD_REQUEST');
    }
  });

  it.each([
    ['broken GraphQL', { query: 'subscription {' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: 'subscription { secrets }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', { query: WATCH }, 'BAD_USER_INPUT'],
    ['a variable of the wrong type', { query: WATCH, variables: { id: { a: 1 } } }, 'BAD_USER_INPUT'],
    ['an unknown operation name', { query: WATCH, operationName: 'X' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['an invalid query', { query: '{ secrets }' }, 'GRAPHQL_VALIDATION_FAILED'],
  ])('server-sent events report the error of %s', async (_case, body, code) => {
    const { status, headers, whole } = await send(body, SSE);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const events = sseEvents(await whole());
    expect(events).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code } }] } },
      { event: 'complete' },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/stack|\.js\b/);
  });

  it.each([
    ['no query', {}],
    ['a body that is not JSON', '{"query'],
    ['a query that is not a string', { query: 7 }],
    ['a batch', [{ query: WATCH }]],
    ['variables that are not an object', { query: WATCH, variables: 'x' }],
  ])('server-sent events do not start for %s', async (_case, body) => {
    const { status, headers, whole } = await send(body, SSE);
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(await whole())).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('server-sent events carry a query or a mutation, executed once, for a client that accepts nothing else', async () => {
    const query = await send({ query: '{ portkeyPrompts(first: 1) { nodes { id } } }' }, SSE);
    expect(sseEvents(await query.whole())).toMatchObject([
      { event: 'next', data: { data: { portkeyPrompts: { nodes: [{}] } } } },
      { event: 'complete' },
    ]);
    gateway.sandbox.clearRequests();
    const { id } = gateway.sandbox.astria.addTune();
    const create = `mutation { createPrompt(tuneId: "${id}", input: { text: "x" }) { prompt { text } } }`;
    const mutation = await send({ query: create }, SSE);
    expect(sseEvents(await mutation.whole())).toMatchObject([
      { event: 'next', data: { data: { createPrompt: { prompt: { text: 'x' } } } } },
      { event: 'complete' },
    ]);
    expect(calls(gateway.sandbox, 'astria')).toEqual([`POST /tunes/${id}/prompts`]);
  });

  it('server-sent events execute no mutation for a GET request', async () => {
    const query = 'mutation subscription { cancelReplication(id: "x") { userErrors { message } } }';
    for (const accept of ['text/event-stream', 'text/event-stream, application/json', '*/*']) {
      const response = await get({ query }, { accept, 'apollo-require-preflight': '1' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      await response.text();
    }
  });

  it('server-sent events report a key that an upstream rejects with the error of a query, and without the key', async () => {
    const key = 'sd-very-secret';
    const query = 'subscription { promptUpdated(id: 1) { id } }';
    const malformed = await send({ query }, { ...SSE, 'x-astria-api-key': 'no spaces allowed' });
    expect(malformed.status).toBe(400);
    expect(await malformed.whole()).not.toContain('no spaces');
    const unknown = await send({ query }, { ...SSE, 'x-astria-api-key': key });
    const text = await unknown.whole();
    expect(text).not.toContain(key);
    const code = 'UPSTREAM_UNAUTHENTICATED';
    expect(sseEvents(text)).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code, upstream: 'astria' } }] } },
      { event: 'complete' },
    ]);
  });
});

describe('multipart response', () => {
  it('a multipart response follows a job until it completes, with the headers of Apollo Client', async () => {
    slowDown(gateway);
    const id = await start();
    const { status, headers, whole } = await send({ query: WATCH, variables: { id } }, MULTIPART);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
    const text = await whole();
    expect(text.endsWith('\r\n--graphql--\r\n')).toBe(true);
    expect(isWholeStory(multipartPayloads(text).map(progressOf))).toBe(true);
  });

  it('a multipart response reports an error in JSON if the client accepts it, and otherwise in a part', async () => {
    const body = { query: 'subscription { secrets }' };
    const json = await send(body, MULTIPART);
    expect(json.status).toBe(400);
    expect(JSON.parse(await json.whole())).toMatchObject({ errors: [{}] });
    const part = await send(body, { ...JSON_TYPE, accept: 'multipart/mixed;subscriptionSpec="1.0"' });
    expect(part.status).toBe(200);
    expect(multipartPayloads(await part.whole())).toMatchObject([
      { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    ]);
  });
});

describe('response', () => {
  const URQL = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';

  it('a response to a query is JSON if the client accepts it', async () => {
    for (const accept of [URQL, MULTIPART.accept, 'text/event-stream, */*']) {
      const { headers, whole } = await send({ query: '{ __typename }' }, { ...JSON_TYPE, accept });
      expect(headers['content-type']).toMatch(/^application\/(graphql-response\+)?json/);
      expect(JSON.parse(await whole())).toEqual({ data: { __typename: 'Query' } });
    }
  });

  it.each([
    [URQL, 'text/event-stream'],
    ['text/event-stream;q=0.1, multipart/mixed;subscriptionSpec=1.0', 'multipart/mixed'],
    ['text/event-stream;q=0.1, multipart/mixed;boundary="a,b";subscriptionSpec="1.0"', 'multipart/mixed'],
    ['multipart/mixed;subscriptionSpec=1.0, text/event-stream', 'multipart/mixed'],
    ['TEXT/EVENT-STREAM', 'text/event-stream'],
  ])('a response to a subscription with accept: %s is %s', async (accept, type) => {
    const query = 'subscription { replicationProgress(id: "none") { id } }';
    const { status, headers, whole } = await send({ query }, { ...JSON_TYPE, accept });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain(type);
    await whole();
  });

  it.each(['application/json', '*/*', 'text/event-stream;q=0, */*'])(
    'a response to a subscription with accept: %s says which header to send',
    async (accept) => {
      const query = 'subscription { replicationProgress(id: "none") { id } }';
      const post = await send({ query }, { ...JSON_TYPE, accept });
      expect(post.status).toBe(406);
      expect(await post.whole()).toContain('accept: text/event-stream');
      const byGet = await get({ query }, { accept, 'apollo-require-preflight': '1' });
      expect(byGet.status).toBe(406);
      await byGet.text();
    },
  );
});

it.each([
  ['server-sent events', SSE],
  ['multipart parts', MULTIPART],
])(
  '%s arrive immediately and uncompressed, even if the client accepts compression',
  async (_case, headers) => {
    const { id } = gateway.sandbox.astria.addPrompt({ images: null, callback: null });
    const body = { query: FOLLOW, variables: { id: String(id) } };
    const stream = await send(body, { ...headers, 'accept-encoding': 'gzip, br' });
    expect(stream.headers['content-encoding']).toBeUndefined();
    await until(stream.text, (text) => text.includes('RUNNING'));
    expect(stream.hasEnded()).toBe(false);
    gateway.sandbox.astria.settle(id);
    const text = await stream.whole();
    const results = headers === SSE ? sseEvents(text).map(({ data }) => data) : multipartPayloads(text);
    const prompts = results.map((result) => at(result, 'data.promptUpdated')).filter(Boolean);
    expect(isPromptStory(prompts)).toBe(true);
  },
);

it('a client that disconnects during a stream ends the subscription', async () => {
  slowDown(gateway);
  const id = await start();
  for (const headers of [SSE, MULTIPART]) {
    const stream = await send({ query: WATCH, variables: { id } }, headers);
    await until(stream.text, (text) => text.includes('replicationProgress'));
    await untilUnderWay(gateway, 1);
    stream.vanish();
    await untilUnderWay(gateway, 0);
  }
  expect(gateway.logLines.filter((line) => line.includes('Internal error'))).toEqual([]);
});
