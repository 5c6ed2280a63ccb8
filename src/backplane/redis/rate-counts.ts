import { Redis } from 'ioredis';
import { waitAtMost } from '../../async/pause.js';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { CountRate, RateCount } from '../rate-counts.js';

/** How long the start of the gateway waits for Redis. */
const START_MS = 1_500;
const CONNECT_MS = 1_000;
/** How long Redis may take to answer: a request waits for it. */
const COMMAND_MS = 500;
/** A connection on which nothing comes for so long is given up. */
const SILENCE_MS = 1_000;
/** How long what is closed may take to say so. */
const CLOSING_MS = 200;
/** How often Redis is tried while it cannot be used. */
const RETRY_MS = 1_000;

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

/**
 * What several gateways share. A gateway does without it while it cannot be reached or does not answer: then one request a
 * second finds out whether it is back, and the others do not wait for it.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #log: Log;
  #isUsable = true;
  /** While it is not usable, as `monotonicMs()` gives it. */
  #retryAt = 0;
  #isClosed = false;

  private constructor(url: string, log: Log) {
    this.#log = log;
    this.#redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      commandTimeout: COMMAND_MS,
      socketTimeout: SILENCE_MS,
      disconnectTimeout: CLOSING_MS,
      retryStrategy: (times) => Math.min(100 * times, RETRY_MS),
      // Nothing is kept for later: by then its request has long been answered.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    });
    this.#redis.on('error', (error) => this.#failed(error));
    this.#redis.on('close', () => this.#failed(null));
  }

  /** Connects. Resolves in any case, within moments: Redis may come later. */
  static async open(url: string, log: Log): Promise<RedisConnection> {
    const connection = new RedisConnection(url, log);
    await connection.#connect();
    return connection;
  }

  /** Asks Redis for something; null where it cannot answer, or not in time. Never rejects. */
  async use<T>(ask: (redis: Redis) => Promise<T>): Promise<T | null> {
    if (!this.#isUsable) {
      const now = monotonicMs();
      if (now < this.#retryAt) return null;
      this.#retryAt = now + RETRY_MS;
    }
    try {
      const answer = await ask(this.#redis);
      this.#answered();
      return answer;
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  /** Lets go of it at once, also where it hangs. */
  close(): void {
    this.#isClosed = true;
    this.#redis.disconnect();
  }

  async #connect(): Promise<void> {
    // It goes on trying by itself.
    const connected = this.#redis.connect().catch((error) => this.#failed(error));
    await waitAtMost(connected, START_MS);
    if (this.#redis.status !== 'ready') this.#failed(null);
  }

  #answered(): void {
    if (this.#isUsable) return;
    this.#isUsable = true;
    this.#log.info({}, 'Redis can be used again');
  }

  #failed(error: unknown): void {
    if (!this.#isUsable || this.#isClosed) return;
    this.#isUsable = false;
    this.#retryAt = monotonicMs() + RETRY_MS;
    this.#log.warn({ reason: reasonOf(error) }, 'Redis cannot be used: this gateway counts by itself');
  }
}

/** Never the words of an error, as they can hold an address or a name: its code, or the kind that Redis begins with. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'no connection';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const message = 'message' in error ? String(error.message) : '';
  if (/timed? ?out/i.test(message)) return 'no answer in time';
  return /^[A-Z]{3,20}(?= )/.exec(message)?.[0] ?? 'no connection';
}

/** Returns the counts of all gateways on one Redis. While it cannot be used, each gateway counts by itself. */
export function redisRateCounts(connection: RedisConnection, own: CountRate): CountRate {
  return async (key, windowMs) => {
    const shared = await connection.use(async (redis) =>
      toCount(await redis.eval(COUNT, 1, PREFIX + key, windowMs)),
    );
    return shared ?? own(key, windowMs);
  };
}

function toCount(reply: unknown): RateCount {
  const [count, resetMs]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof count !== 'number' || typeof resetMs !== 'number') throw new Error('an odd reply');
  return { count, resetMs: Math.max(0, resetMs) };
}
