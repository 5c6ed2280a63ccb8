import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { closed, HASTY_MS, PIECE, send, sendAndEnd, sendAndReset, setUp, sized } from './socket-calls.js';

const lost = { kind: 'UNAVAILABLE' };

describe('upload', () => {
  const LENGTH = 4 * 1024 * 1024;
  /** Length of a short upload, since longer uploads have later deadlines. */
  const SHORT = 2 * PIECE.length;
  function upload(content: AsyncIterable<Buffer>, contentLength = LENGTH, isBroken = () => false) {
    const stream = Readable.from(content, { objectMode: false });
    const body = { contentType: 'text/plain', contentLength, stream, isBroken };
    return { stream, request: { endpoint: 'POST /x', body } } as const;
  }
  async function* content(length = LENGTH) {
    for (let sent = 0; sent < length; sent += PIECE.length) yield PIECE;
  }
  async function* stalling() {
    yield PIECE;
    await new Promise(() => {});
  }

  it('an upload is sent completely and ends with its response', async () => {
    const { upstream, end } = await setUp((socket) => {
      void until(upstream.received, (count) => count === LENGTH).then(() => socket.write(sized(200, '1')));
    });
    const { stream, request } = upload(content());
    expect(await end(request)).toBe(1);
    expect(upstream.heads[0]).toMatch(/content-length: 4194304/i);
    expect([stream.destroyed, upstream.connections.length]).toEqual([true, 1]);
  });

  it.each([
    [
      'rejected before it has arrived completely',
      send(sized(413, '{}')),
      { kind: 'REJECTED', status: 413, outcomeUnknown: true },
      'error',
    ],
    [
      'rejected on a closing connection',
      sendAndEnd(sized(401, '{}', ['connection: close'])),
      { kind: 'UNAUTHENTICATED', status: 401 },
      'error',
    ],
    ['accepted before it has arrived completely', send(sized(200, '1')), 1, 'success'],
    ['reset', sendAndReset(), { ...lost, outcomeUnknown: true }, 'connection'],
  ] as const)('an upload that is %s stops sending', async (_what, handler, expected, outcome) => {
    const { upstream, observed, end } = await setUp(handler);
    const { stream, request } = upload(stalling());
    expect(await end(request)).toEqual(expected);
    expect(observed).toMatchObject([{ outcome }]);
    expect(stream.destroyed).toBe(true);
    await closed(upstream);
  });

  it('an upload with an unreadable source certainly has no effect', async () => {
    const { upstream, observed, end } = await setUp(() => {});
    let isBroken = false;
    async function* broken() {
      yield PIECE;
      isBroken = true;
      throw new Error('EIO');
    }
    const { stream, request } = upload(broken(), LENGTH, () => isBroken);
    expect(await end(request)).toEqual(lost);
    expect(observed).toMatchObject([{ outcome: 'cancelled' }]);
    expect(stream.destroyed).toBe(true);
    await closed(upstream);
  });

  it('an upload that is shorter than its content-length fails', async () => {
    const { upstream, end } = await setUp(() => {});
    expect(await end(upload(content(LENGTH / 2)).request)).toEqual({ ...lost, outcomeUnknown: true });
    await closed(upstream);
  });

  it('an upload that stalls ends when its caller cancels or at its deadline', async () => {
    const { upstream, end } = await setUp(() => {}, HASTY_MS);
    const [late, left] = [upload(stalling(), SHORT), upload(stalling(), SHORT)];
    const hangUp = new AbortController();
    const calls = [end(late.request), end(left.request, hangUp.signal)];
    await until(upstream.received, (count) => count === 2 * PIECE.length);
    hangUp.abort();
    expect(await Promise.all(calls)).toMatchObject([{ kind: 'TIMEOUT' }, { kind: 'CANCELLED' }]);
    expect([late.stream.destroyed, left.stream.destroyed]).toEqual([true, true]);
    await closed(upstream);
  });

  it('an upload may fail without consequences after its call has ended', async () => {
    const { end } = await setUp(() => {}, HASTY_MS);
    const { request } = upload(stalling(), SHORT);
    const stream = new Readable({
      read() {},
      destroy(_error, done) {
        setTimeout(() => done(new Error('EIO')), 20);
      },
    });
    const isClosed = new Promise((resolve) => stream.once('close', resolve));
    expect(await end({ ...request, body: { ...request.body, stream } })).toMatchObject({ kind: 'TIMEOUT' });
    await isClosed;
    expect(stream.errored).toBeInstanceOf(Error);
  });
});
