import { createHash } from 'node:crypto';
import http from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AdmissionQueue,
  acquireSlot,
  OVERLOAD,
  OVERLOADED,
  type OverloadLimits,
  STARTS_PER_TURN,
} from '../../src/http/load-shedder.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import {
  BareSocket,
  FOLLOW,
  JSON_TYPE,
  rawConnection,
  rawPost,
  SSE,
  untilUnderWay,
} from '../support/streams.js';

/** Uses up the starts of this turn of the event loop, and frees the slots again. */
function useUpTurn(queue: AdmissionQueue): void {
  for (let n = 0; n < STARTS_PER_TURN; n += 1) {
    const operation = {};
    expect(queue.acquire(operation, true)).toBe(true);
    queue.release(operation);
  }
}

/** A queue, and the operations that have started or were refused, in that order. */
class Journal {
  now = 0;
  readonly queue: AdmissionQueue;
  readonly entries: string[] = [];
  readonly #operations = new Map<string, object>();

  constructor(limits: Partial<OverloadLimits> = {}) {
    this.queue = new AdmissionQueue({ ...OVERLOAD, ...limits }, () => this.now);
  }

  arrive(name: string, { isRead = true } = {}): void {
    const operation = { name };
    this.#operations.set(name, operation);
    const decided = (isAdmitted: boolean) =>
      this.entries.push(isAdmitted ? `${name} starts` : `${name} is refused`);
    const isAdmitted = this.queue.acquire(operation, isRead);
    if (typeof isAdmitted === 'boolean') decided(isAdmitted);
    else void isAdmitted.then(decided);
  }

  release(name: string): void {
    this.queue.release(this.#operations.get(name) ?? {});
  }

  /** All entries once so many operations are decided on. */
  whenDecided(count: number): Promise<readonly string[]> {
    return until(
      () => this.entries,
      ({ length }) => length >= count,
    );
  }
}

describe('the admission queue', () => {
  it('starts a few operations immediately, and a few in each turn of the event loop after that, oldest first', async () => {
    const journal = new Journal();
    const names = Array.from({ length: 3 * STARTS_PER_TURN }, (_, n) => `operation ${n}`);
    for (const [n, name] of names.entries()) journal.arrive(name, { isRead: n % 3 > 0 });
    const order = names.map((name) => `${name} starts`);
    expect(journal.entries).toEqual(order.slice(0, STARTS_PER_TURN));
    await nextTurn();
    expect(journal.entries).toEqual(order.slice(0, 2 * STARTS_PER_TURN));
    await nextTurn();
    expect(journal.entries).toEqual(order);
    await nextTurn();
    journal.arrive('next');
    expect(journal.entries).toEqual([...order, 'next starts']);
  });

  it('keeps the order of those that arrive while others wait', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    const names = Array.from({ length: STARTS_PER_TURN + 2 }, (_, n) => `operation ${n}`);
    for (const name of names) journal.arrive(name);
    await nextTurn();
    journal.arrive('last');
    expect(await journal.whenDecided(names.length + 1)).toEqual(
      [...names, 'last'].map((name) => `${name} starts`),
    );
  });

  it('serves a thousand clients that arrive at the same moment', async () => {
    const journal = new Journal();
    for (let n = 0; n < 1_000; n += 1) journal.arrive(`operation ${n}`);
    const expected = Array.from({ length: 1_000 }, (_, n) => `operation ${n} starts`);
    expect(await journal.whenDecided(1_000)).toEqual(expected);
  });

  it('does not count how long operations run', async () => {
    const journal = new Journal({ maxQueued: 1 });
    for (let n = 0; n < 100; n += 1) {
      journal.arrive(`operation ${n}`);
      await nextTurn();
      journal.now += OVERLOAD.maxQueueDelayMs;
    }
    expect(journal.entries.filter((entry) => entry.endsWith('is refused'))).toEqual([]);
  });

  it('refuses reads immediately when too many operations wait, and takes them again as soon as one has started', async () => {
    const journal = new Journal({ maxQueued: STARTS_PER_TURN });
    useUpTurn(journal.queue);
    const waiting = Array.from({ length: STARTS_PER_TURN }, (_, n) => `operation ${n}`);
    for (const name of waiting) journal.arrive(name);
    journal.arrive('refused');
    journal.arrive('mutation', { isRead: false });
    expect(journal.entries).toEqual(['refused is refused']);
    await nextTurn();
    journal.arrive('next');
    expect((await journal.whenDecided(waiting.length + 3)).slice(1)).toEqual(
      [...waiting, 'mutation', 'next'].map((name) => `${name} starts`),
    );
  });

  it('refuses reads before mutations when too many operations run', async () => {
    const journal = new Journal({ maxOperations: 3, reservedForWrites: 1 });
    for (const name of ['a', 'b', 'c']) journal.arrive(name);
    journal.arrive('mutation', { isRead: false });
    journal.arrive('other mutation', { isRead: false });
    expect(await journal.whenDecided(5)).toEqual([
      'a starts',
      'b starts',
      'c is refused',
      'mutation starts',
      'other mutation is refused',
    ]);
  });

  it('refuses operations that have waited too long, and starts the next ones in the same turn', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    for (let n = 0; n < STARTS_PER_TURN; n += 1) journal.arrive(`late ${n}`, { isRead: n % 2 > 0 });
    journal.now = OVERLOAD.maxQueueDelayMs + 1;
    journal.arrive('in time');
    await nextTurn();
    expect(journal.entries).toEqual([
      ...Array.from({ length: STARTS_PER_TURN }, (_, n) => `late ${n} is refused`),
      'in time starts',
    ]);
  });

  it('takes the slot of a running operation back once', () => {
    const journal = new Journal({ maxOperations: 2, reservedForWrites: 0 });
    journal.arrive('a');
    journal.arrive('b');
    journal.release('a');
    journal.release('a');
    journal.arrive('c');
    journal.arrive('d');
    expect(journal.entries).toEqual(['a starts', 'b starts', 'c starts', 'd is refused']);
  });

  it('starts the next operation in place of one that was released while it waited', async () => {
    const journal = new Journal({ maxQueued: STARTS_PER_TURN + 1 });
    useUpTurn(journal.queue);
    const names = Array.from({ length: STARTS_PER_TURN + 1 }, (_, n) => `operation ${n}`);
    for (const name of names) journal.arrive(name);
    journal.release('operation 1');
    journal.arrive('last');
    await nextTurn();
    const started = names.filter((name) => name !== 'operation 1').map((name) => `${name} starts`);
    expect(journal.entries).toEqual(['operation 1 is refused', ...started]);
    expect(await journal.whenDecided(STARTS_PER_TURN + 2)).toContain('last starts');
  });
});

describe('the slot of a response', () => {
  const newResponse = () => new http.ServerResponse(new http.IncomingMessage(Object.create(null)));
  const newQueue = () => new AdmissionQueue({ ...OVERLOAD, maxOperations: 1, reservedForWrites: 0 });

  it('is free again when the response has closed', async () => {
    const queue = newQueue();
    const response = newResponse();
    await acquireSlot(queue, response, true);
    await expect(acquireSlot(queue, newResponse(), true)).rejects.toMatchObject({
      statusCode: 503,
      code: 'OVERLOADED',
    });
    response.emit('close');
    await expect(acquireSlot(queue, newResponse(), true)).resolves.toBeUndefined();
  });

  it('is not taken for a client that disconnected while its body was read', async () => {
    const queue = newQueue();
    for (let n = 0; n < 3; n += 1) await acquireSlot(queue, newResponse().destroy(), true);
    expect(queue.acquire({}, true)).toBe(true);
  });

  it('is not taken for a client that disconnects while it waits, and nobody is refused for it', async () => {
    const queue = new AdmissionQueue({ ...OVERLOAD, maxOperations: 2, reservedForWrites: 0 });
    const waiting = newResponse();
    await acquireSlot(queue, newResponse(), true);
    await nextTurn();
    useUpTurn(queue);
    const acquired = acquireSlot(queue, waiting, true);
    waiting.destroy().emit('close');
    expect(queue.acquire({}, true)).not.toBe(false);
    await expect(acquired).resolves.toBeUndefined();
  });
});

describe('a gateway with the usual limits', () => {
  const TUNE = 'query ($id: ID!) { tune(id: $id) { id } }';
  const ids = Array.from({ length: 100 }, (_, n) => String(n));
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ config: { overload: OVERLOAD } });
  });
  afterEach(() => gateway.sandbox.clearRequests());
  afterAll(() => gateway.close());

  it.each([1, 16, 256])('refuses none of %d clients that wait for their responses', async (clients) => {
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
  });

  const untilTurnHasPassed = async () => expect((await gateway.graphql('{ __typename }')).status).toBe(200);

  it('does not execute what waits when its client disconnects', async () => {
    const requests = ids.map((id) => rawPost({ query: TUNE, variables: { id } }, JSON_TYPE));
    (await rawConnection(gateway.url, requests.join(''))).destroySoon();
    await untilTurnHasPassed();
    expect(gateway.sandbox.requests().length).toBeLessThan(ids.length / 2);
  });

  it('does not execute what waits when its WebSocket closes', async () => {
    const client = await new BareSocket(gateway.url).init();
    for (const id of ids) client.subscribe(id, TUNE, { id });
    client.socket.terminate();
    await untilTurnHasPassed();
    expect(gateway.sandbox.requests().length).toBeLessThan(ids.length / 2);
  });

  it('does not execute what waits when its client completes it', async () => {
    const client = await new BareSocket(gateway.url).init();
    for (const id of ids) client.subscribe(id, TUNE, { id });
    for (const id of ids) client.send({ type: 'complete', id });
    await untilTurnHasPassed();
    expect(gateway.sandbox.requests().length).toBeLessThan(ids.length / 2);
    client.socket.close();
  });
});

describe('a gateway whose slots are taken by reads', () => {
  const TUNES = '{ tunes(first: 1) { nodes { id } } }';
  const PROMPTS = '{ portkeyPrompts(first: 1) { nodes { id } } }';
  const TYPENAME = '{ __typename }';
  let gateway: TestGateway;
  let hangUp = new AbortController();

  beforeAll(async () => {
    gateway = await startTestGateway({
      config: { overload: { ...OVERLOAD, maxOperations: 3, reservedForWrites: 1 } },
    });
  });
  afterEach(async () => {
    hangUp.abort();
    hangUp = new AbortController();
    gateway.sandbox.clearFaults();
    gateway.sandbox.clearRequests();
    await untilServed();
  });
  afterAll(() => gateway.close());

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

  /** Those that reads may take, until the clients disconnect. */
  async function takeAllSlots(): Promise<void> {
    stallUpstreams();
    for (const query of [TUNES, PROMPTS]) post(query).catch(() => {});
    await untilBothAreAsked();
  }

  it('refuses reads with 503, and serves them when a slot is free', async () => {
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

  it('knows a mutation by its document, however that is named', async () => {
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

  it('serves mutations and subscriptions', async () => {
    await takeAllSlots();
    expect((await post(TYPENAME)).status).toBe(503);
    expect((await post('mutation { __typename }')).status).toBe(200);
    const id = String(gateway.sandbox.astria.addPrompt({ images: null, callback: null }).id);
    expect((await post(FOLLOW, { variables: { id }, headers: SSE })).status).toBe(200);
  });

  it('serves others when a client disconnects whose operations wait', async () => {
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

  it('serves probes, callbacks and everything else that is no operation', async () => {
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

  it('keeps the connection of a client that it refuses', async () => {
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

  it('serves others while clients are slow to send, as those take no slot', async () => {
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

  it('refuses operations over WebSocket with the same code, and keeps the WebSocket', async () => {
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

  it('gives slots to operations over WebSocket, and takes them back', async () => {
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

  it('has room for any number of open streams', async () => {
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
