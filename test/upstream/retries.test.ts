import { Readable } from 'node:stream';
import { afterEach, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { astriaClient } from '../../src/upstream/astria/client.js';
import { portkeyClient } from '../../src/upstream/portkey/client.js';
import { type RawHandler, reply, startRawUpstream } from '../support/raw-upstream.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const MAKERS = { Astria: astriaClient, Portkey: portkeyClient };
const FAULTS = {
  'a 429 without a wait': (_request, response) => reply(response, 429, {}, { 'retry-after': '0' }),
  'a 429 with a wait of a minute': (_request, response) => reply(response, 429, {}, { 'retry-after': '60' }),
  'a 500': (_request, response) => reply(response, 500, {}),
  'a 502': (_request, response) => reply(response, 502, {}),
  'a 503': (_request, response) => reply(response, 503, {}),
  'a 504': (_request, response) => reply(response, 504, {}),
  'a 422': (_request, response) => reply(response, 422, {}),
  'a lost connection': (_request, response) => void response.destroy(),
  'a truncated body': (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{', () => response.destroy());
  },
} satisfies Record<string, RawHandler>;

type Case = [
  api: keyof typeof MAKERS,
  method: 'GET' | 'POST',
  fault: keyof typeof FAULTS,
  calls: number,
  end: string,
];
/** Number of calls and final result when one fault precedes a good response. */
const CASES: Case[] = [
  ['Astria', 'GET', 'a 429 without a wait', 2, 'ok'],
  ['Astria', 'POST', 'a 429 without a wait', 2, 'ok'],
  ['Astria', 'GET', 'a 429 with a wait of a minute', 1, 'RATE_LIMITED'],
  ['Astria', 'POST', 'a 429 with a wait of a minute', 1, 'RATE_LIMITED'],
  // A retry after 30 seconds would exceed the deadline.
  ['Astria', 'GET', 'a 500', 1, 'UNAVAILABLE'],
  ['Astria', 'POST', 'a 500', 1, 'UNAVAILABLE (unknown)'],
  ['Astria', 'GET', 'a 502', 2, 'ok'],
  ['Astria', 'POST', 'a 502', 1, 'UNAVAILABLE (unknown)'],
  ['Astria', 'GET', 'a 503', 2, 'ok'],
  ['Astria', 'POST', 'a 503', 1, 'UNAVAILABLE (unknown)'],
  ['Astria', 'GET', 'a 504', 1, 'TIMEOUT'],
  ['Astria', 'POST', 'a 504', 1, 'TIMEOUT (unknown)'],
  ['Astria', 'POST', 'a 422', 1, 'REJECTED'],
  ['Astria', 'GET', 'a lost connection', 2, 'ok'],
  ['Astria', 'POST', 'a lost connection', 1, 'UNAVAILABLE (unknown)'],
  ['Astria', 'GET', 'a truncated body', 2, 'ok'],
  ['Astria', 'POST', 'a truncated body', 1, 'UNAVAILABLE (unknown)'],
  ['Portkey', 'GET', 'a 429 without a wait', 2, 'ok'],
  ['Portkey', 'POST', 'a 429 without a wait', 2, 'ok'],
  ['Portkey', 'GET', 'a 429 with a wait of a minute', 1, 'RATE_LIMITED'],
  ['Portkey', 'GET', 'a 500', 2, 'ok'],
  ['Portkey', 'POST', 'a 500', 1, 'UNAVAILABLE (unknown)'],
  ['Portkey', 'GET', 'a 502', 2, 'ok'],
  ['Portkey', 'GET', 'a 504', 2, 'ok'],
  ['Portkey', 'POST', 'a 504', 1, 'TIMEOUT (unknown)'],
  ['Portkey', 'GET', 'a 422', 1, 'REJECTED'],
  ['Portkey', 'GET', 'a lost connection', 2, 'ok'],
  ['Portkey', 'POST', 'a lost connection', 1, 'UNAVAILABLE (unknown)'],
];

async function start(api: keyof typeof MAKERS, handler: RawHandler) {
  const upstream = await startRawUpstream(handler);
  const client = MAKERS[api]({ baseUrl: upstream.url, deadlineMs: 10_000, log: quiet });
  opened.push(client, upstream);
  return { upstream, client };
}

const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => {
      if (!(error instanceof UpstreamError)) throw error;
      return error.outcomeUnknown ? `${error.kind} (unknown)` : error.kind;
    },
  );

it.each(CASES)(
  'for %s, a %s that meets %s makes %i calls and ends with %s',
  async (api, method, fault, calls, end) => {
    const { upstream, client } = await start(api, (request, response, index) => {
      if (index === 0) FAULTS[fault](request, response);
      else reply(response, 200, {});
    });
    const json = method === 'POST' ? { json: {} } : {};
    const call = client.forCaller({ key: 'k' }).call({ endpoint: `${method} /things`, ...json });
    expect(await outcome(call)).toBe(end);
    expect(upstream.requests).toHaveLength(calls);
  },
);

it('the client compares a date in Retry-After with the clock of the upstream', async () => {
  const date = (seconds: number) => new Date(Date.UTC(2020, 0, 1, 0, 0, seconds)).toUTCString();
  const { client } = await start('Portkey', (_request, response) =>
    reply(response, 429, {}, { date: date(0), 'retry-after': date(90) }),
  );
  const call = client.forCaller({ key: 'k' }).call({ endpoint: 'GET /things' });
  await expect(call).rejects.toMatchObject({ kind: 'RATE_LIMITED', retryAfterMs: 90_000 });
});

it('the client fails after the third attempt', async () => {
  const { upstream, client } = await start('Portkey', FAULTS['a 429 without a wait']);
  const call = client.forCaller({ key: 'k' }).call({ endpoint: 'GET /things' });
  expect(await outcome(call)).toBe('RATE_LIMITED');
  expect(upstream.requests).toHaveLength(3);
});

it('the client never repeats a streamed body', async () => {
  const { upstream, client } = await start('Astria', FAULTS['a 429 without a wait']);
  const stream = Readable.from([Buffer.from('abc'), Buffer.from('def')]);
  const body = {
    contentType: 'multipart/form-data; boundary=x',
    contentLength: 6,
    stream,
    isBroken: () => false,
  };
  const call = client.forCaller({ key: 'k' }).call({ endpoint: 'POST /things', body });
  expect(await outcome(call)).toBe('RATE_LIMITED');
  expect(upstream.requests).toMatchObject([
    { body: 'abcdef', headers: { 'content-length': '6', 'content-type': body.contentType } },
  ]);
  expect(stream.destroyed).toBe(true);
});
