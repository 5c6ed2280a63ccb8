import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { freePort } from '../support/ports.js';
import { hasRedis, TestRedis } from '../support/redis.js';
import { BareSocket, endSoon } from '../support/streams.js';

const PASSWORD = 'redis-password-17';
const LIMIT = 1_000;
const DOWN_MESSAGE = 'Redis is unavailable';
const UP_MESSAGE = 'Redis is available again';

const suite = hasRedis ? describe : describe.skip;

let addresses = 0;
function newCallbackUrl(): string {
  addresses += 1;
  return `192.0.2.${addresses}`;
}

/** Sends a request, and returns the number of requests that the IP address has left. */
async function left({ url }: { url: string }, address: string): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: '{"query":"{ __typename }"}',
  });
  await response.text();
  expect(response.status).toBe(200);
  return Number(response.headers.get('ratelimit-remaining'));
}

const lines = ({ logLines }: TestGateway, words: string) => logLines.filter((line) => line.includes(words));

const optionsFor = (redisUrl: string) => ({
  config: { rateLimits: { perAddress: LIMIT, perPrincipal: LIMIT } },
  env: { REDIS_URL: redisUrl, TRUSTED_PROXIES: '127.0.0.1' },
});

suite('gateways on one Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start(PASSWORD);
  });
  afterAll(() => redis.thaw());
  const one = describeGateway(() => optionsFor(redis.url));
  const two = describeGateway(() => optionsFor(redis.url));
  afterAll(() => redis.stop());

  /** Waits until both gateways share their counts. */
  async function untilShared(): Promise<void> {
    await until(
      async () => {
        const address = newCallbackUrl();
        return [await left(one, address), await left(two, address)];
      },
      ([first = 0, second = 0]) => first === LIMIT - 1 && second === LIMIT - 2,
    );
  }

  it('share their counts for one minute, and store no upstream key', async () => {
    await untilShared();
    const address = newCallbackUrl();
    expect(await left(one, address)).toBe(LIMIT - 1);
    expect(await left(two, address)).toBe(LIMIT - 2);
    expect(await left(one, address)).toBe(LIMIT - 3);
    const client = await new BareSocket(one.url, { 'x-astria-api-key': 'marked-key' }).init();
    client.subscribe('q', '{ __typename }');
    await client.finished('q');
    client.socket.close();
    const entries = (await redis.entries()) ?? [];
    const names = entries.map(({ name }) => name);
    expect(names).toContain(`promptgate:rate:address:${address}`);
    expect(names).toContainEqual(expect.stringMatching(/^promptgate:rate:principal:[\w-]{43}$/));
    expect(names.join()).not.toContain('marked-key');
    for (const { ttlMs } of entries) {
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('count separately and log once while Redis is down, and share again when it is back', async () => {
    const [downs, ups] = [lines(one, DOWN_MESSAGE).length, lines(one, UP_MESSAGE).length];
    await redis.stop();
    const address = newCallbackUrl();
    for (let n = 1; n <= 3; n += 1) expect(await left(one, address)).toBe(LIMIT - n);
    expect(await left(two, address)).toBe(LIMIT - 1);
    expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
    expect(lines(one, DOWN_MESSAGE)).toHaveLength(downs + 1);
    await redis.start();
    await untilShared();
    expect(lines(one, DOWN_MESSAGE)).toHaveLength(downs + 1);
    expect(lines(one, UP_MESSAGE)).toHaveLength(ups + 1);
    for (const { logLines } of [one, two]) {
      expect(logLines.join()).not.toContain(PASSWORD);
      expect(logLines.join()).not.toContain(String(redis.port));
    }
  });

  it('serve requests and log once while Redis hangs', async () => {
    const address = newCallbackUrl();
    expect(await left(one, address)).toBe(LIMIT - 1);
    const downs = lines(one, DOWN_MESSAGE).length;
    redis.freeze();
    for (let n = 2; n <= 4; n += 1) await left(one, address);
    expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
    expect(lines(one, DOWN_MESSAGE)).toHaveLength(downs + 1);
    redis.thaw();
    await untilShared();
  });

  it('exit although Redis hangs', async () => {
    const own = await GatewayProcess.start({ REDIS_URL: redis.url, RATE_LIMIT_PER_ADDRESS: '100' });
    redis.freeze();
    await own.graphql('{ __typename }');
    await endSoon(own);
    expect(own.exitCode).toBe(0);
    redis.thaw();
    await own.stop();
  });

  it.each([
    ['that rejects the password', () => redis.url.replace(PASSWORD, 'another'), 'WRONGPASS'],
    ['that is not running', async () => `redis://:${PASSWORD}@127.0.0.1:${await freePort()}`, 'ECONNREFUSED'],
  ])('start with a Redis %s, and log why they count separately', async (_case, url, reason) => {
    const own = await startTestGateway(optionsFor(await url()));
    expect(await left(own, newCallbackUrl())).toBe(LIMIT - 1);
    const [line = '{}', ...others] = lines(own, DOWN_MESSAGE);
    expect(JSON.parse(line)).toMatchObject({ reason });
    expect(others).toEqual([]);
    await own.close();
    expect(own.logLines.join()).not.toMatch(/another|redis:\/\/|redis-password/);
  });
});
