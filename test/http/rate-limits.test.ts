import { describe, expect, it, jest } from '@jest/globals';
import fastify from 'fastify';
import { RateLimiter } from '../../src/http/limits/rate-limits.js';
import { memoryRateCounts } from '../../src/storage/rate-counts.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, startTestGateway, toAnswer, until } from '../support/gateway.js';
import { BareSocket, JSON_TYPE, MULTIPART, open, rawConnection, SSE } from '../support/streams.js';

const LIMIT = 5;
const PRINCIPAL_LIMIT = 3;
const OPERATION = JSON.stringify({ query: '{ __typename }' });
const SUBSCRIPTION = { query: 'subscription { promptUpdated(id: "1") { id } }' };

const config = { rateLimits: { perAddress: LIMIT, perPrincipal: PRINCIPAL_LIMIT } };
const gateway = describeGateway({ config, env: { TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1' } });
const direct = describeGateway({ config });

const from = (address: string) => ({ 'x-forwarded-for': address });

let addresses = 0;
/** Returns an IP address that has sent nothing yet. */
function newCallbackUrl(): string {
  addresses += 1;
  return `192.0.2.${addresses}`;
}

const ask = (address: string, path = '/graphql', { url } = gateway) =>
  path === '/graphql'
    ? fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...JSON_TYPE, ...from(address) },
        body: OPERATION,
      })
    : fetch(`${url}${path}`, { headers: from(address) });

async function statuses(count: number, each: (n: number) => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const response = await each(n);
    await response.text();
    found.push(response.status);
  }
  return found;
}

const spend = (address: string) => statuses(LIMIT, () => ask(address));
const ALL_SERVED = Array.from({ length: LIMIT }, () => 200);

describe('IP address', () => {
  it('an IP address gets the number of requests that it has left, and the time to try again', async () => {
    const address = newCallbackUrl();
    for (let left = LIMIT - 1; left >= 0; left -= 1) {
      const { status, headers } = await ask(address);
      expect(status).toBe(200);
      expect(headers.get('ratelimit-limit')).toBe(String(LIMIT));
      expect(headers.get('ratelimit-remaining')).toBe(String(left));
      expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(50);
      expect(headers.get('retry-after')).toBeNull();
    }
    const { status, headers, data, errors } = await toAnswer(await ask(address));
    const seconds = Number(headers.get('retry-after'));
    expect(status).toBe(429);
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(headers.get('ratelimit-remaining')).toBe('0');
    expect(headers.get('ratelimit-reset')).toBe(String(seconds));
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      {
        message: `Too many requests. Try again in ${seconds} s.`,
        extensions: { code: 'RATE_LIMITED', retryAfter: seconds },
      },
    ]);
    expect((await ask(newCallbackUrl())).status).toBe(200);
  });

  it('an IP address of IPv6 counts as its /64 network', async () => {
    expect(await statuses(LIMIT, (n) => ask(`2001:db8:1:2::${n + 1}`))).toEqual(ALL_SERVED);
    expect((await ask('2001:db8:1:2:ffff:ffff:ffff:ffff')).status).toBe(429);
    expect((await ask('2001:db8:1:2::1%any:zone')).status).toBe(429);
    expect((await ask('2001:db8:1:3::1')).status).toBe(200);
  });

  it('an IP address of IPv4 counts the same in the form of IPv6', async () => {
    const address = newCallbackUrl();
    await spend(address);
    expect((await ask(`::ffff:${address}`)).status).toBe(429);
  });

  it('an IP address counts the same with a port', async () => {
    const address = newCallbackUrl();
    expect(await statuses(LIMIT, (n) => ask(`${address}:${n}`))).toEqual(ALL_SERVED);
    expect((await ask(address)).status).toBe(429);
    expect((await ask(`${newCallbackUrl()}:1`)).status).toBe(200);
    expect(await statuses(LIMIT, (n) => ask(`[2001:db8:5::${n}]:${n}`))).toEqual(ALL_SERVED);
    for (const same of ['[2001:db8:5::9]', '2001:db8:5::9']) expect((await ask(same)).status).toBe(429);
    expect((await ask('[2001:db8:6::1]:1')).status).toBe(200);
  });

  it('an IP address is taken from a trusted proxy, even if that has a port', async () => {
    const address = newCallbackUrl();
    const way = `${address}:1, 10.1.2.3:80`;
    const { socket } = await new BareSocket(gateway.url, from(way)).init();
    expect(await statuses(LIMIT - 1, () => ask(way))).toEqual(ALL_SERVED.slice(1));
    expect((await ask(address)).status).toBe(429);
    socket.close();
  });

  it('an IP address that is malformed shares one limit with all malformed ones', async () => {
    expect(await statuses(LIMIT + 1, (n) => ask(`nonsense-${n}`))).toEqual([...ALL_SERVED, 429]);
  });

  it('an IP address is taken from the last trusted proxy, and not from its client', async () => {
    const address = newCallbackUrl();
    expect(await statuses(LIMIT, (n) => ask(`192.0.3.${n}, ${address}, 10.1.2.3`))).toEqual(ALL_SERVED);
    expect((await ask(address)).status).toBe(429);
  });

  it('an IP address is taken from the connection if no proxy is trusted', async () => {
    const received = await statuses(LIMIT + 1, (n) => ask(`192.0.3.${n}`, '/graphql', direct));
    expect(received).toEqual([...ALL_SERVED, 429]);
  });
});

describe('rate limit', () => {
  it('the rate limit counts every request except probes, metrics and callbacks', async () => {
    const address = newCallbackUrl();
    expect(await statuses(LIMIT, () => ask(address, '/nothing'))).toEqual(ALL_SERVED.map(() => 404));
    expect((await ask(address, '/')).status).toBe(429);
    expect((await ask(address)).status).toBe(429);
    for (const path of ['/livez', '/readyz', '/readyz/', '/metrics']) {
      const { status, headers } = await ask(address, path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('ratelimit-limit')).toBeNull();
    }
    const called = await fetch(`${gateway.url}/webhooks/astria/prompts/some-id/some-secret`, {
      method: 'POST',
      headers: from(address),
      body: '{}',
    });
    expect(called.status).toBe(404);
  });

  it('the rate limit applies before the body of a request is read', async () => {
    const address = newCallbackUrl();
    await spend(address);
    const head = ['POST /graphql HTTP/1.1', 'host: 127.0.0.1', `x-forwarded-for: ${address}`];
    const form = ['content-type: multipart/form-data; boundary=x', 'apollo-require-preflight: 1'];
    // The client never sends a byte of the body.
    const lines = [...head, ...form, 'content-length: 100000'];
    const socket = await rawConnection(gateway.url, `${lines.join('\r\n')}\r\n\r\n`);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });
    await until(
      () => received,
      (text) => text.includes('RATE_LIMITED'),
    );
    expect(received).toMatch(/^HTTP\/1\.1 429 /);
    socket.destroy();
  });

  it.each([
    ['server-sent events', SSE],
    ['multipart', MULTIPART],
  ])('the rate limit applies before a stream of %s begins', async (_name, headers) => {
    const address = newCallbackUrl();
    await spend(address);
    const response = await open(gateway.url, SUBSCRIPTION, { ...headers, ...from(address) });
    expect(response.status).toBe(429);
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect(at(JSON.parse(await response.whole()), 'errors.0.extensions.code')).toBe('RATE_LIMITED');
  });
});

describe('WebSocket', () => {
  it('a WebSocket counts as a request of its IP address, and so does each of its operations', async () => {
    const address = newCallbackUrl();
    const client = await new BareSocket(gateway.url, from(address)).init();
    for (let n = 1; n < LIMIT; n += 1) {
      client.subscribe(`q${n}`, '{ __typename }');
      expect((await client.finished(`q${n}`)).map((message) => at(message, 'type'))).toEqual([
        'next',
        'complete',
      ]);
    }
    client.subscribe('over', '{ __typename }');
    const [refusal, ...others] = await client.finished('over');
    expect(others).toEqual([]);
    expect(refusal).toEqual({
      id: 'over',
      type: 'error',
      payload: [
        {
          message: expect.stringMatching(/^Too many requests\. Try again in \d+ s\.$/),
          extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) },
        },
      ],
    });
    expect(client.closed).toBeNull();
    expect((await ask(address)).status).toBe(429);
    client.socket.close();
  });

  it('a WebSocket counts its operations as requests of its principal, from any IP address', async () => {
    const connect = (key: string) =>
      new BareSocket(gateway.url, { ...from(newCallbackUrl()), 'x-astria-api-key': key }).init();
    const [one, two, other] = await Promise.all([connect('ann'), connect('ann'), connect('bob')]);
    const lastOf = async (client: BareSocket, id: string) => {
      client.subscribe(id, '{ __typename }');
      return at((await client.finished(id)).at(-1), 'type');
    };
    for (let n = 0; n < PRINCIPAL_LIMIT; n += 1) expect(await lastOf(one, `q${n}`)).toBe('complete');
    expect(await lastOf(two, 'over')).toBe('error');
    expect(at(two.of('over'), '0.payload.0.extensions.code')).toBe('RATE_LIMITED');
    expect(await lastOf(other, 'q')).toBe('complete');
    for (const { socket } of [one, two, other]) socket.close();
  });

  it('a WebSocket over the rate limit is rejected in its handshake', async () => {
    const address = newCallbackUrl();
    await spend(address);
    const client = new BareSocket(gateway.url, from(address));
    const refused = new Promise<{ statusCode?: number; retryAfter: unknown; body: string }>((resolve) => {
      client.socket.once('unexpected-response', (_request, response) => {
        const { statusCode = 0, headers } = response;
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ statusCode, retryAfter: headers['retry-after'], body }));
      });
    });
    const { statusCode, retryAfter, body } = await refused;
    expect(statusCode).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThan(50);
    expect(at(JSON.parse(body), 'errors.0.extensions')).toEqual({
      code: 'RATE_LIMITED',
      retryAfter: Number(retryAfter),
    });
  });
});

describe('principal', () => {
  /** Creates a server that serves the principal that a request names. */
  async function startServer(limits: { perAddress: number | null; perPrincipal: number }) {
    const rates = new RateLimiter(limits, memoryRateCounts());
    const app = fastify();
    rates.limitAddresses(app);
    app.get('/', async ({ headers }, reply) => {
      const { principal } = headers;
      await rates.limitPrincipal(typeof principal === 'string' ? principal : null, reply);
      return 'served';
    });
    const serve = async (principal?: string) => {
      const { statusCode, headers } = await app.inject({ url: '/', headers: principal ? { principal } : {} });
      return [statusCode, headers['ratelimit-limit'], headers['ratelimit-remaining']];
    };
    return { rates, serve };
  }

  it('a principal has a separate rate limit', async () => {
    const { serve } = await startServer({ perAddress: null, perPrincipal: 2 });
    expect(await serve('ann')).toEqual([200, '2', '1']);
    expect(await serve('ann')).toEqual([200, '2', '0']);
    expect(await serve('ann')).toEqual([429, '2', '0']);
    expect(await serve('bob')).toEqual([200, '2', '1']);
    expect(await serve()).toEqual([200, undefined, undefined]);
  });

  it('a principal gets the headers of the limit that leaves it fewer requests', async () => {
    const { serve } = await startServer({ perAddress: 4, perPrincipal: 3 });
    expect(await serve('ann')).toEqual([200, '3', '2']);
    expect(await serve('bob')).toEqual([200, '4', '2']);
    expect(await serve('bob')).toEqual([200, '4', '1']);
    expect(await serve('ann')).toEqual([200, '4', '0']);
    expect(await serve('ann')).toEqual([429, '4', '0']);
  });

  it('a principal is counted on WebSockets too, but not for requests that its IP address may not send', async () => {
    const { rates } = await startServer({ perAddress: 3, perPrincipal: 2 });
    expect(await rates.refusal('192.0.2.1', 'ann')).toBeNull();
    expect(await rates.refusal('192.0.2.1')).toBeNull();
    expect(await rates.refusal('192.0.2.1')).toBeNull();
    expect((await rates.refusal('192.0.2.1', 'ann'))?.statusCode).toBe(429);
    expect(await rates.refusal('192.0.2.2', 'ann')).toBeNull();
    const refusal = await rates.refusal('192.0.2.3', 'ann');
    expect(refusal?.code).toBe('RATE_LIMITED');
    expect(refusal?.headers['retry-after']).toBe('60');
  });
});

describe('counts in memory', () => {
  it('counts in memory start again when their window has ended', async () => {
    const clock = jest.spyOn(performance, 'now');
    try {
      const count = memoryRateCounts();
      clock.mockReturnValue(1_000);
      expect(await count('a', 30)).toEqual({ count: 1, resetMs: 30 });
      clock.mockReturnValue(1_020);
      expect(await count('a', 30)).toEqual({ count: 2, resetMs: 10 });
      clock.mockReturnValue(1_030);
      expect(await count('a', 30)).toEqual({ count: 1, resetMs: 30 });
    } finally {
      clock.mockRestore();
    }
  });

  it('counts in memory are kept for a limited number of keys, and idle keys are evicted', async () => {
    const count = memoryRateCounts(2);
    for (const key of ['a', 'b', 'a', 'c']) await count(key, 60_000);
    expect((await count('a', 60_000)).count).toBe(3);
    expect((await count('b', 60_000)).count).toBe(1);
    expect((await count('c', 60_000)).count).toBe(1);
  });
});

it('a gateway on loopback has no rate limit by default', async () => {
  const own = await startTestGateway();
  const { status, headers } = await ask(newCallbackUrl(), '/graphql', own);
  expect(status).toBe(200);
  expect(headers.get('ratelimit-limit')).toBeNull();
  await own.close();
});
