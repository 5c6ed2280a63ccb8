import { beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { describeStreamingGateway } from '../support/describe-gateway.js';
import { at, until } from '../support/gateway.js';
import { startRawUpstream } from '../support/raw-upstream.js';
import {
  BareSocket,
  isWholeStory,
  JSON_TYPE,
  jobStarter,
  rawConnection,
  rawPost,
  slowDown,
  startStreamingGateway,
  untilUnderWay,
  WATCH,
} from '../support/streams.js';

const gateway = describeStreamingGateway();
/** End of a WebSocket without connection_init, which is awaited while the other tests run. */
let silentEnd: ReturnType<BareSocket['end']>;
beforeAll(async () => {
  silentEnd = (await connect().opened()).end();
  // The test that awaits it reports the error.
  silentEnd.catch(() => {});
});

const connect = (headers: Record<string, string> = {}, protocols?: string) =>
  new BareSocket(gateway.url, headers, protocols);

const start = jobStarter(gateway);

/** Sends a handshake, and returns the response. */
async function handshake(path: string, headers: Record<string, string> = {}): Promise<string> {
  const all = {
    host: 'gateway',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'graphql-transport-ws',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const socket = await rawConnection(gateway.url, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  await until(
    () => text,
    (soFar) => soFar.includes('\r\n\r\n'),
  );
  socket.destroy();
  return text;
}

describe('WebSocket', () => {
  it('a WebSocket carries subscriptions, queries and mutations at the same time', async () => {
    slowDown(gateway);
    const id = await start();
    const client = await connect().init();
    expect(client.messages).toEqual([{ type: 'connection_ack' }]);
    client.subscribe('s', WATCH, { id });
    client.subscribe('q', '{ portkeyPrompts(first: 1) { nodes { name } } }');
    client.subscribe('m', 'mutation { cancelReplication(id: "x") { userErrors { code } } }');
    expect(await client.finished('q')).toMatchObject([
      { type: 'next', payload: { data: { portkeyPrompts: { nodes: [{}] } } } },
      { type: 'complete' },
    ]);
    expect(await client.finished('m')).toMatchObject([
      { type: 'next', payload: { data: { cancelReplication: { userErrors: [{}] } } } },
      { type: 'complete' },
    ]);
    const events = (await client.finished('s')).slice(0, -1);
    expect(isWholeStory(events.map((event) => at(event, 'payload.data.replicationProgress.status')))).toBe(
      true,
    );
    client.socket.close();
  });

  it.each([
    ['broken GraphQL', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['an invalid query', '{ secrets }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['an invalid subscription', 'subscription { secrets }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a document without an operation',
      'fragment F on Query { __typename }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'several operations without a name',
      'query A { a: __typename } query B { b: __typename }',
      {},
      'OPERATION_RESOLUTION',
    ],
    ['a missing variable of a query', 'query ($id: ID!) { tune(id: $id) { id } }', {}, 'BAD_USER_INPUT'],
  ])('a WebSocket receives the error of %s', async (_case, query, variables, code) => {
    const client = await connect().init();
    client.subscribe('1', query, variables);
    const messages = await client.finished('1');
    expect(messages).toHaveLength(1);
    expect(messages).toMatchObject([
      { type: 'error', payload: [{ extensions: { code: expect.stringContaining(code) } }] },
    ]);
    // The WebSocket stays open.
    client.subscribe('2', '{ __typename }');
    expect(await client.finished('2')).toHaveLength(2);
    client.socket.close();
  });

  it('a WebSocket receives the error of a missing variable of a subscription', async () => {
    const client = await connect().init();
    client.subscribe('1', WATCH);
    expect(JSON.stringify(await client.finished('1'))).toContain('BAD_USER_INPUT');
    client.socket.close();
  });

  it('a WebSocket ends a subscription that the client completes', async () => {
    slowDown(gateway);
    const id = await start();
    const client = await connect().init();
    client.subscribe('s', WATCH, { id });
    await until(() => client.of('s').length, Boolean);
    await untilUnderWay(gateway, 1);
    client.send({ type: 'complete', id: 's' });
    await untilUnderWay(gateway, 0);
    client.socket.close();
  });

  it('a WebSocket cancels the upstream call of a query that the client completes', async () => {
    const silent = await startRawUpstream(() => {});
    const waiting = await startStreamingGateway({ PORTKEY_BASE_URL: silent.url });
    const client = await new BareSocket(waiting.url).init();
    client.subscribe('q', '{ portkeyPrompts(first: 1) { nodes { name } } }');
    await until(() => silent.requests.length, Boolean);
    client.send({ type: 'complete', id: 'q' });
    await until(() => silent.requests[0]?.hungUp, Boolean);
    expect(client.of('q')).toEqual([]);
    client.socket.close();
    await waiting.close();
    await silent.close();
  });

  it('a WebSocket that disconnects ends all its subscriptions', async () => {
    slowDown(gateway);
    const id = await start();
    const client = await connect().init();
    for (const name of ['a', 'b', 'c']) client.subscribe(name, WATCH, { id });
    await untilUnderWay(gateway, 3);
    client.socket.terminate();
    await untilUnderWay(gateway, 0);
  });

  it('a WebSocket accepts at most 100 operations at the same time', async () => {
    slowDown(gateway);
    const id = await start();
    const client = await connect().init();
    for (let n = 0; n < 101; n += 1) client.subscribe(`s${n}`, WATCH, { id });
    expect(await client.finished('s100')).toMatchObject([
      {
        type: 'error',
        payload: [{ message: expect.stringContaining('100'), extensions: { code: 'BAD_REQUEST' } }],
      },
    ]);
    await untilUnderWay(gateway, 100);
    client.socket.close();
    await untilUnderWay(gateway, 0);
  });
});

describe('protocol', () => {
  it.each([
    ['a message that is not JSON', 'hello'],
    ['a message that is not an object', '[]'],
    ['a message without a type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['a message of a server', '{"type":"next","id":"1","payload":{}}'],
    ['bytes', '\u0000\u0001'],
    ['a subscribe without a query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['a subscribe without an id', '{"type":"subscribe","payload":{"query":"{__typename}"}}'],
  ])('the protocol closes the WebSocket after %s', async (_case, message) => {
    const client = await connect().init();
    client.send(message);
    expect(await client.end()).toEqual({ code: 4400, reason: 'Invalid message received' });
  });

  it('the protocol requires one connection_init before any operation, and unique ids', async () => {
    const early = await connect().opened();
    early.subscribe('1', '{ __typename }');
    expect(await early.end()).toMatchObject({ code: 4401 });
    const twice = await connect().init();
    twice.send({ type: 'connection_init' });
    expect(await twice.end()).toMatchObject({ code: 4429 });
    const same = await connect().init();
    same.subscribe('1', WATCH, { id: await start() });
    same.subscribe('1', '{ __typename }');
    expect(await same.end()).toMatchObject({ code: 4409 });
  });

  it('the protocol must be graphql-transport-ws', async () => {
    expect(await connect({}, 'graphql-ws').end()).toMatchObject({ code: expect.any(Number) });
    const none = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`);
    const code = await new Promise((resolve) => none.on('close', resolve));
    expect(code).toBe(4406);
  });

  it('the protocol closes the WebSocket after a message over 1 MiB or an invalid frame', async () => {
    const client = await connect().init();
    client.subscribe('1', `{ __typename } # ${'x'.repeat(1024 * 1024)}`);
    expect(await client.end()).toMatchObject({ code: 1009 });
    const garbage = await connect().init();
    const { _socket: socket } = Object(garbage.socket);
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00]));
    expect(await garbage.end()).toMatchObject({ code: 1002 });
  });

  it('the protocol responds to pings', async () => {
    const client = await connect().init();
    client.send({ type: 'ping', payload: { a: 1 } });
    await until(
      () => client.messages.length,
      (count) => count === 2,
    );
    expect(client.messages[1]).toEqual({ type: 'pong', payload: { a: 1 } });
    client.socket.close();
  });
});

describe('handshake', () => {
  it('a handshake succeeds at /graphql, with or without a slash and a query', async () => {
    for (const path of ['/graphql', '/graphql/', '/graphql?x=1'])
      expect(await handshake(path)).toMatch(/^HTTP\/1\.1 101 /);
  });

  it.each(['/', '/graphqlx', '/livez', '/graphql/more'])('a handshake fails at %s', async (path) => {
    expect(await handshake(path)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('a handshake from a page of another origin is rejected', async () => {
    for (const origin of [
      ...['http://evil.example', 'null', 'http://gateway:81', 'http://gateway.evil.example'],
      'https://gateway',
    ])
      expect(await handshake('/graphql', { origin })).toMatch(/^HTTP\/1\.1 403 /);
    for (const origin of ['http://gateway', 'http://GATEWAY'])
      expect(await handshake('/graphql', { origin })).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('a handshake that is malformed is rejected', async () => {
    expect(await handshake('/graphql', { 'sec-websocket-version': '7' })).toMatch(/^HTTP\/1\.1 400 /);
    expect(await handshake('/graphql', { 'sec-websocket-key': 'x' })).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a handshake for another protocol is an ordinary request, like those of Java clients', async () => {
    const offer = {
      upgrade: 'h2c',
      connection: 'Upgrade, HTTP2-Settings',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    };
    const post = rawPost({ query: '{ __typename }' }, { ...JSON_TYPE, ...offer });
    const socket = await rawConnection(gateway.url, post);
    let responses = 0;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      if (chunk.includes('{"data":{"__typename":"Query"}}')) responses += 1;
    });
    // The client makes the offer again with each request.
    for (const count of [1, 2, 3]) {
      await until(
        () => responses,
        (now) => now === count,
      );
      socket.write(post);
    }
    socket.destroy();
  });
});

it('a WebSocket without connection_init is closed after a while', async () => {
  expect(await silentEnd).toMatchObject({ code: 4408 });
});
