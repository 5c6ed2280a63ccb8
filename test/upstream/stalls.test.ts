import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { SignalScope } from '../../src/upstream/cancel-scope.js';
import { until } from '../support/gateway.js';
import { closed, GET, HASTY_MS, POST, response, send, setUp, sized, thenFine } from './socket-calls.js';

const HEAD = response(200, ['content-length: 9']);
const PHASES: [phase: string, sent: (string | Buffer)[]][] = [
  ['before the head', []],
  ['in the head', [HEAD.subarray(0, 20)]],
  ['after an interim response', [response(103, [])]],
  ['before the body', [HEAD]],
  ['in the body', [HEAD, '{"a"']],
  ['in the body of an error', [response(500, ['content-length: 9']), '{"a"']],
];

describe.each(PHASES)('a response that stalls %s', (_phase, sent) => {
  const stall = thenFine(send(...sent));

  it.each([GET, POST])('ends its call at the deadline: $endpoint', async (request) => {
    const { upstream, observed, end } = await setUp(stall, HASTY_MS);
    const begunAt = performance.now();
    const unknown = request === POST && { outcomeUnknown: true };
    expect(await end(request)).toEqual({ kind: 'TIMEOUT', ...unknown });
    expect(performance.now() - begunAt).toBeGreaterThanOrEqual(HASTY_MS);
    expect(observed).toMatchObject([{ outcome: 'timeout', status: null }]);
    await closed(upstream);
    await until(end, (value) => value === 'fine');
  });

  it.each([GET, POST])('ends its call when the caller cancels: $endpoint', async (request) => {
    const { upstream, observed, end } = await setUp(stall);
    const hangUp = new AbortController();
    const call = end(request, hangUp.signal);
    await until(() => upstream.heads.length, Boolean);
    setTimeout(() => hangUp.abort(), 20);
    const unknown = request === POST && { outcomeUnknown: true };
    expect(await call).toEqual({ kind: 'CANCELLED', ...unknown });
    expect(observed).toMatchObject([{ outcome: 'cancelled', status: null }]);
    await closed(upstream);
    await until(end, (value) => value === 'fine');
  });
});

describe('call that waits for a connection', () => {
  /** Occupies all connections until `release` is called. */
  async function busy(deadlineMs?: number) {
    const held: Socket[] = [];
    let isReleased = false;
    const release = () => {
      isReleased = true;
      for (const socket of held) socket.write(sized(200, '"late"'));
    };
    const setup = await setUp(
      (socket) => {
        if (isReleased) socket.write(sized(200, '"late"'));
        else held.push(socket);
      },
      deadlineMs,
      20_000,
    );
    const calls = Array.from({ length: 64 }, () => setup.end(POST));
    await until(
      () => held.length,
      (count) => count === 64,
    );
    return { ...setup, calls, release };
  }

  it('a call that waits for a connection ends as soon as its caller cancels, and is never sent', async () => {
    const { upstream, observed, end, calls, release } = await busy();
    const hangUp = new AbortController();
    const waiting = [end(GET, hangUp.signal), end(POST, hangUp.signal), end(GET)];
    hangUp.abort();
    expect(await Promise.all(waiting.slice(0, 2))).toMatchObject([
      { kind: 'CANCELLED' },
      { kind: 'CANCELLED' },
    ]);
    expect(observed).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
    release();
    expect(new Set(await Promise.all([...calls, ...waiting.slice(2)]))).toEqual(new Set(['late']));
    expect(upstream.heads).toHaveLength(65);
    expect(upstream.connections.filter(({ destroyed }) => !destroyed)).toHaveLength(64);
  });

  it('a call that waits for a connection ends at its deadline', async () => {
    const { upstream, end, calls, release } = await busy(HASTY_MS);
    const begunAt = performance.now();
    expect(await end()).toEqual({ kind: 'TIMEOUT' });
    expect(performance.now() - begunAt).toBeGreaterThanOrEqual(HASTY_MS);
    release();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['late']));
    expect(upstream.heads).toHaveLength(64);
  });
});

describe('cancelled call', () => {
  it('a cancelled call is not sent if its caller has cancelled before', async () => {
    const { upstream, observed, end, client } = await setUp(send(sized(200, '1')));
    const signal = AbortSignal.abort();
    expect(await end(GET, signal)).toEqual({ kind: 'CANCELLED' });
    await expect(
      client.forCaller({ key: 'k', cancelScope: new SignalScope(signal) }).call(GET),
    ).rejects.toMatchObject({
      kind: 'CANCELLED',
    });
    expect([upstream.heads, observed]).toEqual([[], []]);
  });

  it('a cancelled call is not retried', async () => {
    const { upstream, observed, client } = await setUp(send(sized(503, '{}')));
    const hangUp = new AbortController();
    const call = client.forCaller({ key: 'k', cancelScope: new SignalScope(hangUp.signal) }).call(GET);
    await until(() => observed.length, Boolean);
    hangUp.abort();
    await expect(call).rejects.toMatchObject({ kind: 'CANCELLED' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(upstream.heads).toHaveLength(1);
    expect(observed).toMatchObject([{ outcome: 'error', status: 503 }]);
  });

  it('a cancelled call ends together with all other calls of its caller', async () => {
    const { client, upstream } = await setUp(() => {});
    const hangUp = new AbortController();
    const caller = client.forCaller({ key: 'k', cancelScope: new SignalScope(hangUp.signal) });
    const calls = Array.from({ length: 30 }, (_, n) =>
      caller.call({ endpoint: 'GET /:n', params: [String(n % 20)] }),
    );
    await until(
      () => upstream.heads.length,
      (count) => count === 20,
    );
    hangUp.abort();
    const ends = await Promise.allSettled(calls);
    expect(ends).toMatchObject(calls.map(() => ({ reason: { kind: 'CANCELLED' } })));
    await closed(upstream);
  });
});

it('a write succeeds although its reused connection is reset before it is sent', async () => {
  const { client, upstream, observed, end } = await setUp(send(sized(200, '"fine"')));
  expect(await end()).toBe('fine');
  await turn();
  // In the timer phase, undici notices the reset before the write.
  const call = await new Promise<{ result: Promise<unknown> }>((resolve) => {
    setTimeout(() => {
      upstream.connections[0]?.resetAndDestroy();
      resolve({ result: client.forCaller({ key: 'k' }).call(POST) });
    }, 5);
  });
  expect(await call.result).toBe('fine');
  expect(observed.map(({ outcome }) => outcome)).toEqual(['success', 'connection', 'success']);
  expect(upstream.heads).toHaveLength(2);
});
