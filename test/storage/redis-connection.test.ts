import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisConnection } from '../../src/storage/redis/rate-counts.js';
import { hasRedis, TestRedis } from '../support/redis.js';
import { silentLog } from '../support/store.js';

const suite = hasRedis ? describe : describe.skip;

suite('a Redis that hangs', () => {
  let redis: TestRedis;
  let connection: RedisConnection;
  beforeAll(async () => {
    redis = await TestRedis.start('password');
    connection = await RedisConnection.open(redis.url, silentLog);
  });
  afterAll(async () => {
    connection.close();
    redis.thaw();
    await redis.stop();
  });

  it('receives at most one request per second, and the others do not wait for it', async () => {
    expect(await connection.use((client) => client.ping())).toBe('PONG');
    redis.freeze();
    const began = performance.now();
    let asked = 0;
    for (let n = 0; n < 10_000; n += 1) {
      const response = await connection.use((client) => {
        asked += 1;
        return client.ping();
      });
      expect(response).toBeNull();
    }
    const seconds = (performance.now() - began) / 1_000;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(2 + Math.floor(seconds));
  });
});
