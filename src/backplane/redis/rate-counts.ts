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

/** The counts of all gateways on one Redis; while it cannot be used, each counts by itself. */
export class RedisRateCounts implements RateCounts {
  readonly #redis: RedisConnection;
  readonly #own: RateCounts;

  constructor(redis: RedisConnection, own: RateCounts) {
    this.#redis = redis;
    this.#own = own;
  }

  async count(key: string, windowMs: number): Promise<RateCount> {
    const shared = await this.#redis.use(async (redis) =>
      toCount(await redis.eval(COUNT, 1, PREFIX + key, windowMs)),
    );
    return shared ?? this.#own.count(key, windowMs);
  }
}

function toCount(reply: unknown): RateCount {
  const [count, resetMs]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof count !== 'number' || typeof resetMs !== 'number') throw new Error('an odd reply');
  return { count, resetMs: Math.max(0, resetMs) };
}
