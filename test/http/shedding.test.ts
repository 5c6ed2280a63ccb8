import http from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Concurrency,
  Intake,
  isReadOnly,
  type Leave,
  OVERLOAD,
  OVERLOADED,
  Patience,
} from '../../src/http/shedding.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { BareSocket, FOLLOW, JSON_TYPE, rawConnection, SSE, untilUnderWay } from '../support/streams.js';

describe('patience', () => {
  const { burstWaitMs, overloadWaitMs, windowMs } = OVERLOAD;

  it('is long with a burst, and short once something had to be refused', () => {
    const patience = new Patience(OVERLOAD);
    expect(patience.isOver(burstWaitMs, 1_000)).toBe(false);
    expect(patience.isOver(burstWaitMs + 1, 1_000)).toBe(true);
    expect(patience.isOver(overloadWaitMs + 1, 1_001)).toBe(true);
    expect(patience.isOver(overloadWaitMs, 1_002)).toBe(false);
  });

  it.each([
    [2, true],
    [1, false],
  ])('stays short after a time in which %d of ten were refused: %s', (refused, isShort) => {
    const patience = new Patience(OVERLOAD);
    for (let n = 0; n < refused; n += 1) expect(patience.isOver(burstWaitMs + 1, 1_000)).toBe(true);
    for (let n = refused; n < 10; n += 1) patience.served();
    expect(patience.isOver(overloadWaitMs + 1, 1_000 + windowMs)).toBe(isShort);
  });

  it('is long again after a time in which nothing came', () => {
    const patience = new Patience(OVERLOAD);
    expect(patience.isOver(burstWaitMs + 1, 1_000)).toBe(true);
    expect(patience.isOver(burstWaitMs, 1_000 + 2 * windowMs)).toBe(false);
  });
});

describe('how many begin at once', () => {
  const STEPS = 10;
  /** After a second of turns that long, at a moment, each 100 ms after the one before. */
  function learn(concurrency: Concurrency, turnMs: number, from = 0): number {
    for (let n = 0; n < STEPS; n += 1) concurrency.turned(turnMs, from + n * 100);
    return concurrency.limit;
  }

  it('is less while turns are long, more while they are short, and the same again after a quiet second', () => {
    const concurrency = new Concurrency(() => 1);
    const { limit: first } = concurrency;
    expect(learn(concurrency, 5)).toBeGreaterThan(2 * first);
    const least = learn(concurrency, 100, 1_000);
    expect(least).toBeLessThan(first / 2);
    expect(least).toBeGreaterThanOrEqual(16);
    expect(learn(concurrency, 100, 2_000)).toBe(16);
    concurrency.turned(100, 10_000);
    expect(concurrency.limit).toBe(first);
  });

  it('is decided by the longest turn of a while', () => {
    const concurrency = new Concurrency(() => 1);
    const { limit: first } = concurrency;
    for (const [turnMs, now] of [
      [1, 0],
      [100, 50],
      [1, 99],
      [1, 100],
    ] as const)
      concurrency.turned(turnMs, now);
    expect(concurrency.limit).toBeLessThan(first);
  });
});

describe('how many begin while the event loop has time left', () => {
  it('is soon as many as there are, however long a turn was', () => {
    const concurrency = new Concurrency(() => 0.1);
    for (let n = 0; n < 6; n += 1) concurrency.turned(100, n * 100);
    expect(concurrency.limit).toBeGreaterThan(OVERLOAD.maxOperations);
  });
});

describe('the intake', () => {
  /** Operations in the order in which it is decided on them: true where they may begin. */
  function enterAll(intake: Intake, count: number): { decided: boolean[]; leaves: Leave[] } {
    const decided: boolean[] = [];
    const leaves: Leave[] = [];
    for (let n = 0; n < count; n += 1)
      void intake.enter(true).then((leave) => {
        decided.push(leave !== null);
        if (leave) leaves.push(leave);
      });
    return { decided, leaves };
  }

  it('lets one begin at once, and one in each turn after that', async () => {
    const intake = new Intake(OVERLOAD, () => 0);
    const { decided } = enterAll(intake, 3);
    await Promise.resolve();
    expect(decided).toEqual([true]);
    for (const count of [2, 3]) {
      await turn();
      expect(decided).toHaveLength(count);
    }
    await turn();
    const next = enterAll(intake, 1);
    await Promise.resolve();
    expect(next.decided).toEqual([true]);
  });

  it('refuses those that have waited for too long, and takes the next one in the same turn', async () => {
    let now = 0;
    const intake = new Intake(OVERLOAD, () => now);
    const early = enterAll(intake, 3);
    now = OVERLOAD.burstWaitMs + 1;
    const late = enterAll(intake, 1);
    await turn();
    expect(early.decided).toEqual([true, false, false]);
    expect(late.decided).toEqual([true]);
  });

  it('lets the newest begin first', async () => {
    const intake = new Intake(OVERLOAD, () => 0);
    const order: number[] = [];
    for (let n = 0; n < 4; n += 1) void intake.enter(true).then(() => order.push(n));
    await until(
      () => order.length,
      (count) => count === 4,
    );
    expect(order).toEqual([0, 3, 2, 1]);
  });

  it('serves all of a burst of a thousand', async () => {
    const intake = new Intake(OVERLOAD);
    const { decided, leaves } = enterAll(intake, 1_000);
    await until(
      () => {
        for (const leave of leaves.splice(0)) leave();
        return decided.length;
      },
      (count) => count === 1_000,
    );
    expect(decided).not.toContain(false);
  });

  it('lets mutations and subscriptions begin first, and refuses them last', async () => {
    let now = 0;
    const intake = new Intake(OVERLOAD, () => now);
    const decided: string[] = [];
    const enter = (name: string, isRead: boolean) =>
      void intake.enter(isRead).then((leave) => decided.push(`${name} ${leave ? 'begins' : 'is refused'}`));
    enter('first', true);
    enter('mutation', false);
    enter('read', true);
    enter('other mutation', false);
    now = OVERLOAD.burstWaitMs + 1;
    await until(
      () => decided.length,
      (count) => count === 4,
    );
    expect(decided).toEqual(['first begins', 'read is refused', 'other mutation begins', 'mutation begins']);
    enter('next', true);
    enter('late mutation', false);
    now += OVERLOAD.patientWaitMs + 1;
    await until(
      () => decided.length,
      (count) => count === 6,
    );
    expect(decided.slice(4)).toEqual(['next begins', 'late mutation is refused']);
  });

  it.each([
    ['{ a }', true],
    ['query { a }', true],
    ['mutation { a }', false],
    ['fragment F on Q { a } subscription { a }', false],
    [undefined, true],
  ])('takes %j for a read: %s', (query, expected) => {
    expect(isReadOnly(query)).toBe(expected);
  });

  it('has so many places, for those that wait as well, and gives each back once', async () => {
    const intake = new Intake({ ...OVERLOAD, maxOperations: 2 }, () => 0);
    const { decided, leaves } = enterAll(intake, 3);
    await turn();
    expect(decided.toSorted()).toEqual([false, true, true]);
    const [first] = leaves;
    first?.();
    first?.();
    const { decided: more } = enterAll(intake, 2);
    await turn();
    expect(more.toSorted()).toEqual([false, true]);
  });

  it('lets no more begin than leave the turns short, and the next one when one has ended', async () => {
    const intake = new Intake(OVERLOAD, () => 0);
    const { limit } = new Concurrency();
    const { decided, leaves } = enterAll(intake, limit + 1);
    while (decided.length < limit) await turn();
    for (let n = 0; n < 10; n += 1) await turn();
    expect(decided).toHaveLength(limit);
    leaves[0]?.();
    await until(
      () => decided.length,
      (count) => count === limit + 1,
    );
  });

  it('gives back the place of a client that went while it waited', async () => {
    const intake = new Intake({ ...OVERLOAD, maxOperations: 1 }, () => 0);
    const response = new http.ServerResponse(new http.IncomingMessage(Object.create(null)));
    response.destroy();
    for (let n = 0; n < 3; n += 1) expect(await intake.enterWith(response, true)).toBe(true);
  });
});

describe('a gateway whose places are all taken', () => {
  const TUNES = '{ tunes(first: 1) { nodes { id } } }';
  const PROMPTS = '{ portkeyPrompts(first: 1) { nodes { id } } }';
  const TYPENAME = '{ __typename }';
  let gateway: TestGateway;
  let hangUp = new AbortController();

  beforeAll(async () => {
    gateway = await startTestGateway({ config: { overload: { ...OVERLOAD, maxOperations: 2 } } });
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

  /** Until the clients hang up. */
  async function takeAllPlaces(): Promise<void> {
    stallUpstreams();
    for (const query of [TUNES, PROMPTS]) post(query).catch(() => {});
    await untilBothAreAsked();
  }

  it('refuses operations with 503, and goes on when a place is free', async () => {
    await takeAllPlaces();
    const refused = await post(TYPENAME);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await refused.json()).toEqual({
      errors: [{ message: OVERLOADED.message, extensions: { code: 'OVERLOADED' } }],
    });
    const search = new URLSearchParams({ query: TYPENAME });
    expect((await fetch(`${gateway.url}/graphql?${search}`)).status).toBe(503);
    hangUp.abort();
    await untilServed();
  });

  it('serves probes, callbacks and everything else that is no operation', async () => {
    await takeAllPlaces();
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
    await takeAllPlaces();
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

  it('serves others while clients are slow to send, as those take no place', async () => {
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
    await takeAllPlaces();
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

  it('has operations over WebSocket take places, and give them back', async () => {
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
