import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { ObservedAttempt } from '../../src/upstream/outcomes.js';
import { MAX_RESPONSE_BYTES } from '../../src/upstream/transport.js';
import type { SocketHandler } from '../support/socket-upstream.js';
import {
  CRLF,
  closed,
  PIECE,
  POST,
  response,
  send,
  sendAndEnd,
  sendAndReset,
  setUp,
  sized,
  thenFine,
} from './socket-calls.js';

const LARGEST = Buffer.concat([
  Buffer.from('"'),
  Buffer.alloc(MAX_RESPONSE_BYTES - 2, 'x'),
  Buffer.from('"'),
]);
const chunk = (piece: string | Buffer) =>
  Buffer.concat([
    Buffer.from(`${Buffer.byteLength(piece).toString(16)}${CRLF}`),
    Buffer.from(piece),
    Buffer.from(CRLF),
  ]);
/** Sends a chunked body without an end. */
const pour: SocketHandler = (socket) => {
  socket.write(response(200, ['transfer-encoding: chunked']));
  const more = () => {
    while (!socket.destroyed && socket.write(chunk(PIECE)));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
};

const bad = (status = 200) => ({ kind: 'BAD_RESPONSE', status });
const lost = { kind: 'UNAVAILABLE' };
type Row = [
  what: string,
  handler: SocketHandler,
  end: unknown,
  outcome: ObservedAttempt['outcome'],
  connection: 'kept' | 'dropped',
];
const ROWS: Row[] = [
  ['a response', send(sized(200, '{"a":1}')), { a: 1 }, 'success', 'kept'],
  ['a response of another 2xx status', send(sized(201, '[1]')), [1], 'success', 'kept'],
  [
    'a response in chunks',
    send(response(200, ['transfer-encoding: chunked']), chunk('{"a"'), chunk(':1}'), `0${CRLF}${CRLF}`),
    { a: 1 },
    'success',
    'kept',
  ],
  [
    'a response that ends with its connection',
    sendAndEnd(response(200, ['connection: close'], '{"a":1}')),
    { a: 1 },
    'success',
    'dropped',
  ],
  [
    'a response after interim ones',
    send(response(102, []), response(103, ['link: </a>', 'content-encoding: br']), sized(200, '{"a":1}')),
    { a: 1 },
    'success',
    'kept',
  ],
  ['an empty response', send(sized(200, '')), undefined, 'success', 'kept'],
  ['no content', send(response(204, [])), undefined, 'success', 'kept'],
  ['an identity encoding', send(sized(200, '1', ['content-encoding: Identity'])), 1, 'success', 'kept'],
  [
    'a repeated header',
    send(sized(200, '1', ['date: x', 'date: y', 'retry-after: 1', 'retry-after: 2'])),
    1,
    'success',
    'kept',
  ],
  ['the largest response', send(sized(200, LARGEST)), LARGEST.toString().slice(1, -1), 'success', 'kept'],
  ['a missing object', send(sized(404, '{}')), { kind: 'NOT_FOUND', status: 404 }, 'error', 'kept'],
  [
    'an error status without a body',
    send(sized(500, '')),
    { kind: 'UNAVAILABLE', status: 500 },
    'error',
    'kept',
  ],
  [
    'an encoded error',
    send(sized(429, gzipSync('{}'), ['content-encoding: gzip'])),
    { kind: 'RATE_LIMITED', status: 429 },
    'error',
    'dropped',
  ],
  [
    'an oversized error',
    send(response(403, [`content-length: ${MAX_RESPONSE_BYTES + 1}`])),
    { kind: 'FORBIDDEN', status: 403 },
    'error',
    'dropped',
  ],
  ['a redirect', send(sized(302, '', ['location: /'])), bad(302), 'bad_response', 'kept'],
  [
    'an encoded redirect',
    send(sized(302, 'x', ['content-encoding: br'])),
    bad(302),
    'bad_response',
    'dropped',
  ],
  [
    'an encoding',
    send(sized(200, gzipSync('{}'), ['content-encoding: gzip'])),
    bad(),
    'bad_response',
    'dropped',
  ],
  [
    'an encoding without a body',
    send(sized(200, '', ['content-encoding: gzip'])),
    bad(),
    'bad_response',
    'dropped',
  ],
  [
    'a content-length above the limit',
    send(response(200, [`content-length: ${MAX_RESPONSE_BYTES + 1}`])),
    bad(),
    'bad_response',
    'dropped',
  ],
  ['a body without an end', pour, bad(), 'bad_response', 'dropped'],
  ['a body that is not JSON', send(sized(200, '<html>')), bad(), 'success', 'kept'],
  [
    'a truncated body',
    sendAndEnd(response(200, ['content-length: 100'], '{')),
    lost,
    'connection',
    'dropped',
  ],
  [
    'a truncated chunk',
    sendAndEnd(response(200, ['transfer-encoding: chunked'], '5\r\n{')),
    lost,
    'connection',
    'dropped',
  ],
  [
    'a truncated error',
    sendAndEnd(response(500, ['content-length: 100'], '{')),
    lost,
    'connection',
    'dropped',
  ],
  [
    'a chunk without a size',
    send(response(200, ['transfer-encoding: chunked'], 'x\r\n')),
    lost,
    'connection',
    'dropped',
  ],
  ['a truncated head', sendAndEnd('HTTP/1.1 200 OK\r\nconte'), lost, 'connection', 'dropped'],
  ['no response', sendAndEnd(), lost, 'connection', 'dropped'],
  ['a reset', sendAndReset(), lost, 'connection', 'dropped'],
  [
    'a reset after the head',
    sendAndReset(response(200, ['content-length: 9'])),
    lost,
    'connection',
    'dropped',
  ],
  [
    'a reset in the body',
    sendAndReset(response(200, ['content-length: 9'], '{')),
    lost,
    'connection',
    'dropped',
  ],
  ['another protocol than HTTP', send('220 smtp.example ESMTP\r\n'), lost, 'connection', 'dropped'],
  [
    'headers without an end',
    send(`HTTP/1.1 200 OK\r\na: ${'x'.repeat(100_000)}`),
    lost,
    'connection',
    'dropped',
  ],
  ['an unexpected 100 Continue', send(response(100, [])), lost, 'connection', 'dropped'],
  [
    'an upgrade to another protocol',
    send(response(101, ['connection: upgrade', 'upgrade: x'])),
    lost,
    'connection',
    'dropped',
  ],
  [
    'two lengths',
    send(response(200, ['content-length: 1', 'content-length: 2'], '1')),
    lost,
    'connection',
    'dropped',
  ],
];

describe('call', () => {
  it.each(ROWS)('a call ends correctly with %s', async (_what, handler, expected, outcome, connection) => {
    const { upstream, observed, end } = await setUp(thenFine(handler));
    expect(await end()).toEqual(expected);
    expect(observed).toMatchObject([{ endpoint: 'GET /things', outcome }]);
    if (connection === 'dropped') await closed(upstream);
    // undici releases a connection one turn of the event loop after its response.
    await turn();
    expect(await end()).toBe('fine');
    expect(upstream.connections.length > 1).toBe(connection === 'dropped');
  });

  it('a call ends with the same value wherever a response is split', async () => {
    const value = { name: 'grüße ☃ 🖼', list: [1, 2] };
    const whole = sized(200, JSON.stringify(value), ['date: Tue, 15 Nov 1994 08:12:31 GMT', 'etag: "x"']);
    const { upstream, end } = await setUp((socket, index) => {
      socket.setNoDelay(true).write(whole.subarray(0, index + 1));
      setTimeout(() => socket.write(whole.subarray(index + 1)), 2);
    });
    for (let n = 1; n < whole.length; n += 1) {
      expect(await end()).toEqual(value);
      await turn();
    }
    expect(upstream.connections).toHaveLength(1);
  });

  it('a call ends with an unknown outcome if the upstream may have processed a write', async () => {
    const { end } = await setUp((socket, index) => {
      if (index === 0) socket.destroy();
      else send(sized(200, '', ['content-encoding: gzip']))(socket, index);
    });
    expect(await end(POST)).toEqual({ ...lost, outcomeUnknown: true });
    expect(await end(POST)).toEqual({ ...bad(), outcomeUnknown: true });
  });
});
