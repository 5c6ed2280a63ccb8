import { createHash } from 'node:crypto';
import http from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OVERLOAD, OVERLOADED } from '../../src/http/limits/load-shedder.js';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { sampleOf } from '../support/sampling.js';
import {
  BareSocket,
  FOLLOW,
  JSON_TYPE,
  rawConnection,
  rawPost,
  SSE,
  untilUnderWay,
} from '../support/streams.js';

describe('gateway with the default limits', () => {
  const TUNE = 'query ($id: ID!) { tune(id: $id) { id } }';
  const ids = Array.from({ length: 100 }, (_, n) => String(n));
  const gateway = describeGateway({ config: { overload: OVERLOAD } });

  it.each(sampleOf([1, 16, 256], (clients) => clients < 256))(
    'a gateway with the default limits serves each of %d clients that wait for their responses',
    async (clients) => {
      const agent = new http.Agent({ keepAlive: true });
      const options = { agent, method: 'POST', headers: JSON_TYPE };
      const send = () =>
        new Promise<number | undefined>((resolve, reject) => {
          http
            .request(`${gateway.url}/graphql`, options, (response) => {
              response.resume().on('end', () => resolve(response.statusCode));
            })
            .on('error', reject)
            .end(JSON.stringify({ query: TUNE, variables: { id: '1' } }));
        });
      const client = async () => [await send(), await send(), await send()];
      const statuses = (await Promise.all(Array.from({ length: clients }, client))).flat();
      agent.destroy();
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
    },
  );

  const untilTurnHasPassed = async () => expect((await gateway.graphql('{ __typename }')).status).toBe(200);

  it('a gateway with the default limits does not execute the waiting operations of a client that disconnects', async () => {
    const requests = ids.map((id) => rawPost({ query: TUNE, variables: { id } }, JSON_TYPE));
    (await rawConnection(gateway.url, requests.join(''))).destroySoon();
    await untilTurnHasPassed();
    expect(gateway.sandbox.requests().length).toBeLessThan(ids.length / 2);
  });
});

describe('gateway whose slots are taken by reads', () => {
  const TUNES = '{ tunes(first: 1) { nodes { id } } }';
  const PROMPTS = '{ portkeyPrompts(first: 1) { nodes { id } } }';
  const TYPENAME = '{ __typename }';
  const gateway = describeGateway({
    config: { overload: { ...OVERLOAD, maxOperations: 3, reservedForWrites: 1 } },
  });
  let hangUp = new AbortController();

  afterEach(async () => {
    hangUp.abort();
    hangUp = new AbortController();
    await untilServed();
  });

  const post = (query: string, { variables = {}, headers = JSON_TYPE } = {}) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
      signal: hangUp.signal,
    });
  const untilServed = () =>
    until(
      async () => (await gateway.graphql(TYPENAME)).status,
      (status) => status === 200,
    );

  function stallUpstreams(): void {
    for (const upstream of ['astria', 'portkey'] as const)
      gateway.sandbox.addFault({ upstream, kind: 'stall-headers', times: 0 });
  }
  const untilBothAreAsked = () =>
    until(
      () => gateway.sandbox.requests().length,
      (count) => count === 2,
    );

  /** Takes all slots of reads until the clients disconnect. */
  async function takeAllSlots(): Promise<void> {
    stallUpstreams();
    for (const query of [TUNES, PROMPTS]) post(query).catch(() => {});
    await untilBothAreAsked();
  }

  it('a gateway whose slots are taken by reads refuses reads with 503, and serves them when a slot is free', async () => {
    await takeAllSlots();
    const refused = await post(TYPENAME);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await refused.json()).toEqual({
      errors: [{ message: OVERLOADED.message, extensions: { code: 'OVERLOADED' } }],
    });
    const search = new URLSearchParams({ query: TYPENAME });
    const get = await fetch(`${gateway.url}/graphql?${search}`, { headers: JSON_TYPE });
    expect(get.status).toBe(503);
    hangUp.abort();
    await untilServed();
  });

  it('a gateway whose slots are taken by reads recognizes a mutation by its document, however the request names the document', async () => {
    const query =
      'mutation A { __typename } query B { word: __typename } # "query" and "mutation" say nothing';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const ask = async (body: object) =>
      (
        await fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: JSON_TYPE,
          body: JSON.stringify(body),
        })
      ).status;
    expect(await ask({ query, extensions, operationName: 'A' })).toBe(200);
    const client = await new BareSocket(gateway.url).init();
    await takeAllSlots();
    for (const document of [{ query }, { extensions }, { documentId: sha256Hash }]) {
      expect(await ask({ ...document, operationName: 'A' })).toBe(200);
      expect(await ask({ ...document, operationName: 'B' })).toBe(503);
    }
    for (const [id, operationName] of [
      ['1', 'A'],
      ['2', 'B'],
    ] as const)
      client.send({ type: 'subscribe', id, payload: { query: '', documentId: sha256Hash, operationName } });
    expect(await client.finished('1')).toMatchObject([{ payload: { data: { __typename: 'Mutation' } } }, {}]);
    expect(await client.finished('2')).toMatchObject([
      { type: 'error', payload: [{ extensions: { code: 'OVERLOADED' } }] },
    ]);
    client.socket.close();
  });

  it('a gateway whose slots are taken by reads serves mutations and subscriptions', async () => {
    await takeAllSlots();
    expect((await post(TYPENAME)).status).toBe(503);
    expect((await post('mutation { __typename }')).status).toBe(200);
    const id = String(gateway.sandbox.astria.addPrompt({ images: null, callback: null }).id);
    expect((await post(FOLLOW, { variables: { id }, headers: SSE })).status).toBe(200);
  });

  it('a gateway whose slots are taken by reads serves other clients after a client with waiting operations disconnects', async () => {
    stallUpstreams();
    const socket = await rawConnection(gateway.url, rawPost({ query: TUNES }, JSON_TYPE).repeat(10));
    await until(
      async () => (await gateway.graphql(TYPENAME)).status,
      (status) => status === 503,
    );
    socket.destroy();
    await untilServed();
    gateway.sandbox.clearRequests();
    await takeAllSlots();
  });

  it('a gateway whose slots are taken by reads serves probes, callbacks and all other requests without an operation', async () => {
    await takeAllSlots();
    for (const [path, method, status] of [
      ['/livez', 'GET', 200],
      ['/readyz', 'GET', 200],
      ['/', 'GET', 200],
      ['/graphql', 'DELETE', 405],
      ['/webhooks/astria/prompts/nobody/knows', 'POST', 404],
    ] as const)
      expect([path, (await fetch(gateway.url + path, { method })).status]).toEqual([path, status]);
  });

  it('a gateway whose slots are taken by reads keeps the connection of a client that it refuses', async () => {
    await takeAllSlots();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<{ status: number | undefined; isReused: boolean }>((resolve, reject) => {
        const options = { agent, method: 'POST', headers: JSON_TYPE };
        const request = http.request(`${gateway.url}/graphql`, options, (response) => {
          response.resume().on('end', () => {
            // The agent takes the connection back after this event.
            setImmediate(resolve, { status: response.statusCode, isReused: request.reusedSocket });
          });
        });
        request.on('error', reject).end(JSON.stringify({ query: TYPENAME }));
      });
    expect(await ask()).toEqual({ status: 503, isReused: false });
    expect(await ask()).toEqual({ status: 503, isReused: true });
    agent.destroy();
  });

  it('a gateway whose slots are taken by reads serves other clients while slow clients send their bodies', async () => {
    const head = { ...JSON_TYPE, 'content-length': '30' };
    const lines = Object.entries({ host: 'gateway', ...head }).map(([name, value]) => `${name}: ${value}`);
    const slow = await Promise.all(
      Array.from({ length: 5 }, () =>
        rawConnection(gateway.url, `POST /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{`),
      ),
    );
    for (let n = 0; n < 5; n += 1) expect((await post(TYPENAME)).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });

  it('a gateway whose slots are taken by reads refuses operations over WebSocket with the same code, and keeps the WebSocket', async () => {
    const client = await new BareSocket(gateway.url).init();
    await takeAllSlots();
    client.subscribe('refused', TYPENAME);
    expect(await client.finished('refused')).toEqual([
      {
        id: 'refused',
        type: 'error',
        payload: [{ message: OVERLOADED.message, extensions: { code: 'OVERLOADED' } }],
      },
    ]);
    hangUp.abort();
    await untilServed();
    client.subscribe('served', TYPENAME);
    expect(await client.finished('served')).toMatchObject([{ type: 'next' }, { type: 'complete' }]);
    expect(client.closed).toBeNull();
    client.socket.close();
  });

  it('a gateway whose slots are taken by reads gives slots to operations over WebSocket, and takes them back', async () => {
    const client = await new BareSocket(gateway.url).init();
    stallUpstreams();
    client.subscribe('one', TUNES);
    client.subscribe('other', PROMPTS);
    await untilBothAreAsked();
    expect((await gateway.graphql(TYPENAME)).status).toBe(503);
    client.send({ type: 'complete', id: 'one' });
    await untilServed();
    client.socket.close();
  });

  it('a gateway whose slots are taken by reads has room for any number of open streams', async () => {
    const id = String(gateway.sandbox.astria.addPrompt({ images: null, callback: null }).id);
    const client = await new BareSocket(gateway.url).init();
    for (let n = 0; n < 3; n += 1) {
      client.subscribe(`s${n}`, FOLLOW, { id });
      await until(() => client.of(`s${n}`).length, Boolean);
      expect((await post(FOLLOW, { variables: { id }, headers: SSE })).status).toBe(200);
      await untilUnderWay(gateway, 2 * (n + 1));
    }
    await untilServed();
    hangUp.abort();
    client.socket.close();
    await untilUnderWay(gateway, 0);
  });
});
