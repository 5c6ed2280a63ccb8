import { afterEach, describe, expect, it } from '@jest/globals';
import { nextAttemptIn } from '../../src/services/callbacks/callback-delivery.js';
import { refusedTarget } from '../../src/services/callbacks/callback-urls.js';
import { isPublicAddress } from '../../src/upstream/public-address.js';
import { createWebhookClient, type WebhookClientOptions } from '../../src/upstream/webhook-client.js';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { calls } from '../support/gateway.js';
import { type RawHandler, type RawUpstream, reply } from '../support/raw-upstream.js';
import { startReachable, startReceiver, TUNE } from './reachable.js';

const PRIVATE = 'must not point to a private network unless the gateway has ALLOW_PRIVATE_CALLBACKS=true';

describe('callback URL', () => {
  it.each([
    ...[
      'http://127.0.0.1/',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
    ],
    ...['http://10.1.2.3/', 'http://172.16.0.1/', 'http://192.168.0.1/', 'http://169.254.169.254/latest'],
    ...['http://100.64.0.1/', 'http://0.0.0.0/', 'http://255.255.255.255/', 'http://224.0.0.1/'],
    ...['http://[::1]/', 'http://[::]/', 'http://[fe80::1]/', 'http://[fd00::1]/', 'http://[fec0::1]/'],
    ...[
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:a00:1]/',
      'http://[::127.0.0.1]/',
      'http://[64:ff9b::7f00:1]/',
    ],
    ...['http://[2002:7f00:1::]/', 'http://localhost/', 'http://LOCALHOST./', 'https://a.localhost/'],
    ...['http://printer.local/', 'http://metadata.google.internal/', 'http://intranet/'],
  ])('a callback URL in a private network is rejected (%s)', (url) => {
    expect(refusedTarget(url, false)).toBe(PRIVATE);
    expect(refusedTarget(url, true)).toBeNull();
  });

  it.each([
    'https://example.com/hook',
    'http://8.8.8.8:8080/',
    'https://[2606:4700::1111]/',
    'http://local.example.com/',
  ])('a callback URL on the public internet is accepted (%s)', (url) => {
    expect(refusedTarget(url, false)).toBeNull();
  });

  it.each([
    ['ftp://example.com/', 'must be an http or https URL'],
    ['javascript:alert(1)', 'must be an http or https URL'],
    ['no address', 'must be an http or https URL'],
    ['https://me:pw@example.com/', 'must not contain a user name or a password'],
  ])('a callback URL that is not a plain HTTP URL is rejected (%s)', (url, error) => {
    expect(refusedTarget(url, true)).toBe(error);
  });

  it('a callback URL with a host that is not an IP address does not count as public', () => {
    expect(['', 'example.com', '1.2.3.4.5', '8.8.8.8'].map(isPublicAddress)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('a callback URL in a private network is rejected before anything is sent', async () => {
    const gateway = await startReachable({ env: { ALLOW_PRIVATE_CALLBACKS: 'false' } });
    try {
      const input = { text: 'x', callback: 'http://[::1]:9/' };
      const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId: TUNE, input });
      expect(createPrompt).toEqual({
        prompt: null,
        userErrors: [
          { code: 'INVALID', message: `Field "callback" ${PRIVATE}.`, field: ['input', 'callback'] },
        ],
      });
      expect(calls(gateway.sandbox, 'astria')).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});

describe('callback delivery', () => {
  const open: RawUpstream[] = [];
  const receiver = async (handle?: RawHandler) => {
    const started = await startReceiver(handle);
    open.push(started);
    return started;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
  const post = (url: string, options: Partial<WebhookClientOptions> = {}) =>
    createWebhookClient({ refused: (each) => refusedTarget(each, true), allowPrivate: true, ...options })(
      { url, body: '{"id":1}', id: 'd1' },
      new AbortController().signal,
    );
  const guarded = { refused: (each: string) => refusedTarget(each, false), allowPrivate: false };

  it.each([
    ['a loopback address', [{ address: '127.0.0.1', family: 4 }]],
    ['an IPv4-mapped IPv6 address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['no address', []],
  ])('a callback delivery is refused when the host name resolves to %s', async (_what, addresses) => {
    const { url, connections } = await receiver();
    const outcome = await post(url.replace('127.0.0.1', 'rebound.example.com'), {
      ...guarded,
      resolve: async () => addresses,
    });
    expect(outcome).toMatchObject({
      status: null,
      error: 'The host is in a private network.',
      isFinal: true,
    });
    expect(connections()).toBe(0);
  });

  it('a callback delivery is refused when the IP address in the URL is private', async () => {
    const { url, connections } = await receiver();
    expect(await post(url, guarded)).toMatchObject({ error: `The URL ${PRIVATE}.`, isFinal: true });
    expect(connections()).toBe(0);
  });

  it('a callback delivery follows redirects with the same method and body', async () => {
    const last = await receiver();
    const statuses = [301, 302, 308];
    const first = await receiver((_request, response, index) =>
      reply(
        response,
        statuses[index] ?? 500,
        {},
        { location: index === 2 ? `${last.url}/there` : '/on?x=1' },
      ),
    );
    expect(await post(first.url)).toMatchObject({ status: 200, error: null });
    expect(first.requests.map(({ method, target, body }) => `${method} ${target} ${body}`)).toEqual([
      'POST / {"id":1}',
      'POST /on?x=1 {"id":1}',
      'POST /on?x=1 {"id":1}',
    ]);
    expect(last.requests.map(({ method, target, body }) => `${method} ${target} ${body}`)).toEqual([
      'POST /there {"id":1}',
    ]);
  });

  it.each([
    ['too often', 307, '/again', 'Too many redirects.', 4],
    ['with 303', 303, '/again', 'The receiver responded with status 303.', 1],
    ['to an invalid URL', 307, 'http://', 'The redirect has no valid URL.', 1],
    ['to another protocol', 307, 'ftp://x/', 'The redirect URL must be an http or https URL.', 1],
  ])(
    'a callback delivery fails when it is redirected %s',
    async (_what, status, location, error, requests) => {
      const { url, requests: made } = await receiver((_request, response) =>
        reply(response, status, {}, { location }),
      );
      expect(await post(url)).toMatchObject({ status, error });
      expect(made).toHaveLength(requests);
    },
  );

  it('a callback delivery does not follow a redirect into a private network', async () => {
    const inner = await receiver();
    const outer = await receiver((_request, response) => reply(response, 307, {}, { location: inner.url }));
    const isOuter = (url: string) => url.startsWith(outer.url);
    const outcome = await post(outer.url, {
      refused: (url) => (isOuter(url) ? null : refusedTarget(url, false)),
      allowPrivate: true,
    });
    expect(outcome).toMatchObject({
      status: 307,
      error: `The redirect URL ${PRIVATE}.`,
      isFinal: true,
    });
    expect(inner.connections()).toBe(0);
  });

  it('a callback delivery stops at its timeout, and reads only the beginning of a response', async () => {
    const silent = await receiver(() => {});
    expect(await post(silent.url, { timeoutMs: 50 })).toMatchObject({
      status: null,
      error: 'The receiver did not respond within 1 s.',
    });
    const endless = await receiver((_request, response) => {
      response.writeHead(200);
      response.write('x'.repeat(1024 * 1024));
    });
    expect(await post(endless.url, { timeoutMs: 5_000 })).toMatchObject({ status: 200, error: null });
  });

  it('a callback delivery reports the Retry-After of the receiver', async () => {
    const { url } = await receiver((_request, response) => reply(response, 429, {}, { 'retry-after': '7' }));
    expect(await post(url)).toMatchObject({ status: 429, isFinal: false, retryAfterMs: 7_000 });
    const dates = { date: 'Wed, 01 Jan 2020 00:00:00 GMT', 'retry-after': 'Wed, 01 Jan 2020 00:01:30 GMT' };
    const dated = await receiver((_request, response) => reply(response, 429, {}, dates));
    expect(await post(dated.url)).toMatchObject({ status: 429, isFinal: false, retryAfterMs: 90_000 });
  });
});

describe('next attempt', () => {
  const waitAfter = (
    attempts: number,
    given: { isFinal?: boolean; retryAfterMs?: number } = {},
    random = 0,
  ) => nextAttemptIn(attempts, { isFinal: false, retryAfterMs: null, ...given }, 5_000, random);

  it.each([
    [1, 5_000],
    [2, 10_000],
    [10, 2_560_000],
    [11, 3_600_000],
    [12, null],
  ])('the next attempt after %d attempts has a delay of %p ms', (attempts, wait) => {
    expect(waitAfter(attempts)).toBe(wait);
  });

  it('the next attempt has jitter, respects a Retry-After up to an hour, and is not made after a final failure', () => {
    expect(waitAfter(1, {}, 0.999)).toBe(6_249);
    expect(waitAfter(1, { retryAfterMs: 60_000 })).toBe(60_000);
    expect(waitAfter(1, { retryAfterMs: 86_400_000 })).toBe(3_600_000);
    expect(waitAfter(1, { isFinal: true })).toBeNull();
  });
});
