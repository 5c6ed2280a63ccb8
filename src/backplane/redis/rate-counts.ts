import type { RateCount, RateCounts } from '../rate-counts.js';
import type { RedisConnection } from './connection.js';

/** In one step, so that no count is left without an end. A window that is too long is of before Redis's clock was set. */
const COUNT = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
`;
const PREFIX = 'promptgate:rate:';

/** Returns the counts of all gateways on one Redis. While it cannot be used, each gateway counts by itself. */
export function redisRateCounts(connection: RedisConnection, own: RateCounts): RateCounts {
  return {
    async count(key, windowMs) {
      const shared = await connection.use(async (redis) =>
        toCount(await redis.eval(COUNT, 1, PREFIX + key, windowMs)),
      );
      return shared ?? own.count(key, windowMs);
    },
  };
}

function toCount(reply: unknown): RateCount {
  const [count, resetMs]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof count !== 'number' || typeof resetMs !== 'number') throw new Error('an odd reply');
  return { count, resetMs: Math.max(0, resetMs) };
}
