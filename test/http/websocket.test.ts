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
/** The end of a connection without an introduction: it is waited for while the other tests run. */
let silentEnd: ReturnType<BareSocket['end']>;
beforeAll(async () => {
  silentEnd = (await connect().opened()).end();
  // The test that awaits it says what is wrong.
  silentEnd.catch(() => {});
});

const connect = (headers: Record<string, string> = {}, protocols?: string) =>
  new BareSocket(gateway.url, headers, protocols);

const start = jobStarter(gateway);

/** Sends a handshake by hand; what comes back. */
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

describe('a WebSocket', () => {
  it('carries subscriptions, queries and mutations at once', async () => {
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
    ['a wrong query', '{ secrets }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a wrong subscription', 'subscription { secrets }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['no operation', 'fragment F on Query { __typename }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unnamed one of several',
      'query A { a: __typename } query B { b: __typename }',
      {},
      'OPERATION_RESOLUTION',
    ],
    ['a missing variable of a query', 'query ($id: ID!) { tune(id: $id) { id } }', {}, 'BAD_USER_INPUT'],
  ])('is told what is wrong: %s', async (_name, query, variables, code) => {
    const client = await connect().init();
    client.subscribe('1', query, variables);
    const messages = await client.finished('1');
    expect(messages).toHaveLength(1);
    expect(messages).toMatchObject([
      { type: 'error', payload: [{ extensions: { code: expect.stringContaining(code) } }] },
    ]);
    // The connection goes on.
    client.subscribe('2', '{ __typename }');
    expect(await client.finished('2')).toHaveLength(2);
    client.socket.close();
  });

  it('is told of a missing variable of a subscription', async () => {
    const client = await connect().init();
    client.subscribe('1', WATCH);
    expect(JSON.stringify(await client.finished('1'))).toContain('BAD_USER_INPUT');
    client.socket.close();
  });

  it('stops what it is told to stop', async () => {
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

  it('that is told to stop a query takes the upstream call with it', async () => {
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

  it('that vanishes ends all its work', async () => {
    slowDown(gateway);
    const id = await start();
    const client = await connect().init();
    for (const name of ['a', 'b', 'c']) client.subscribe(name, WATCH, { id });
    await untilUnderWay(gateway, 3);
    client.socket.terminate();
    await untilUnderWay(gateway, 0);
  });

  it('takes so many operations at once and no more', async () => {
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

describe('the protocol', () => {
  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['a message of servers', '{"type":"next","id":"1","payload":{}}'],
    ['bytes', '\u0000\u0001'],
    ['a subscribe without a query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['a subscribe without an id', '{"type":"subscribe","payload":{"query":"{__typename}"}}'],
  ])('ends with %s', async (_name, message) => {
    const client = await connect().init();
    client.send(message);
    expect(await client.end()).toEqual({ code: 4400, reason: 'Invalid message received' });
  });

  it('wants an introduction before anything else, and one only', async () => {
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

  it('is graphql-transport-ws and no other', async () => {
    expect(await connect({}, 'graphql-ws').end()).toMatchObject({ code: expect.any(Number) });
    const none = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`);
    const code = await new Promise((resolve) => none.on('close', resolve));
    expect(code).toBe(4406);
  });

  it('takes no message of more than a megabyte, and no frame that is not one', async () => {
    const client = await connect().init();
    client.subscribe('1', `{ __typename } # ${'x'.repeat(1024 * 1024)}`);
    expect(await client.end()).toMatchObject({ code: 1009 });
    const garbage = await connect().init();
    const { _socket: socket } = Object(garbage.socket);
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00]));
    expect(await garbage.end()).toMatchObject({ code: 1002 });
  });

  it('answers pings', async () => {
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

describe('a handshake', () => {
  it('succeeds at /graphql, with or without a slash and a query', async () => {
    for (const path of ['/graphql', '/graphql/', '/graphql?x=1'])
      expect(await handshake(path)).toMatch(/^HTTP\/1\.1 101 /);
  });

  it.each(['/', '/graphqlx', '/livez', '/graphql/more'])('fails at %s', async (path) => {
    expect(await handshake(path)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('from a page of another origin is refused', async () => {
    for (const origin of [
      ...['http://evil.example', 'null', 'http://gateway:81', 'http://gateway.evil.example'],
      'https://gateway',
    ])
      expect(await handshake('/graphql', { origin })).toMatch(/^HTTP\/1\.1 403 /);
    for (const origin of ['http://gateway', 'http://GATEWAY'])
      expect(await handshake('/graphql', { origin })).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('that is none is refused', async () => {
    expect(await handshake('/graphql', { 'sec-websocket-version': '7' })).toMatch(/^HTTP\/1\.1 400 /);
    expect(await handshake('/graphql', { 'sec-websocket-key': 'x' })).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('for another protocol is an ordinary request, as those of Java are', async () => {
    const offer = {
      upgrade: 'h2c',
      connection: 'Upgrade, HTTP2-Settings',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    };
    const post = rawPost({ query: '{ __typename }' }, { ...JSON_TYPE, ...offer });
    const socket = await rawConnection(gateway.url, post);
    let answers = 0;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      if (chunk.includes('{"data":{"__typename":"Query"}}')) answers += 1;
    });
    // It offers again with each request.
    for (const count of [1, 2, 3]) {
      await until(
        () => answers,
        (now) => now === count,
      );
      socket.write(post);
    }
    socket.destroy();
  });
});

it('a connection does not wait for ever for an introduction', async () => {
  expect(await silentEnd).toMatchObject({ code: 4408 });
});
