import { Redis } from 'ioredis';
import { waitAtMost } from '../../async/pause.js';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { CountRate, RateCount } from '../rate-counts.js';

/** Time that the gateway waits for Redis when it starts, in milliseconds. */
const START_MS = 1_500;
const CONNECT_MS = 1_000;
/** Longest wait for a response, during which a request waits too. */
const COMMAND_MS = 500;
/** Time without data after which a connection is closed. */
const SILENCE_MS = 1_000;
/** Longest wait for the end of a connection that is being closed. */
const CLOSING_MS = 200;
/** Interval between attempts while Redis cannot be used. */
const RETRY_MS = 1_000;

/** Counts atomically, so that every count expires. A window that is too long dates from before Redis's clock was set. */
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
 * Connection to a Redis that several gateways share. While Redis cannot be reached or does not respond, one request per second
 * tries to use it, and the others do not wait.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #log: Log;
  #isUsable = true;
  /** Time of the next attempt while Redis cannot be used, on the clock of {@link monotonicMs}. */
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
      // A queued command would run after its request has been completed.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    });
    this.#redis.on('error', (error) => this.#failed(error));
    this.#redis.on('close', () => this.#failed(null));
  }

  /** Connects. Always resolves after a short wait, because Redis may become available later. */
  static async open(url: string, log: Log): Promise<RedisConnection> {
    const connection = new RedisConnection(url, log);
    await connection.#connect();
    return connection;
  }

  /** Runs a command. Resolves with null if Redis does not respond in time. Never rejects. */
  async use<T>(ask: (redis: Redis) => Promise<T>): Promise<T | null> {
    if (!this.#isUsable) {
      const now = monotonicMs();
      if (now < this.#retryAt) return null;
      this.#retryAt = now + RETRY_MS;
    }
    try {
      const reply = await ask(this.#redis);
      this.#answered();
      return reply;
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  /** Disconnects immediately, even if Redis does not respond. */
  close(): void {
    this.#isClosed = true;
    this.#redis.disconnect();
  }

  async #connect(): Promise<void> {
    // The client keeps trying to connect.
    const connected = this.#redis.connect().catch((error) => this.#failed(error));
    await waitAtMost(connected, START_MS);
    if (this.#redis.status !== 'ready') this.#failed(null);
  }

  #answered(): void {
    if (this.#isUsable) return;
    this.#isUsable = true;
    this.#log.info({}, 'Redis is available again.');
  }

  #failed(error: unknown): void {
    if (!this.#isUsable || this.#isClosed) return;
    this.#isUsable = false;
    this.#retryAt = monotonicMs() + RETRY_MS;
    this.#log.warn(
      { reason: reasonOf(error) },
      'Redis is unavailable. This gateway counts requests locally.',
    );
  }
}

/** Returns the code of an error, or the prefix of a Redis error. The message may contain a host or user name. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'no connection';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const message = 'message' in error ? String(error.message) : '';
  if (/timed? ?out/i.test(message)) return 'no response in time';
  return /^[A-Z]{3,20}(?= )/.exec(message)?.[0] ?? 'no connection';
}

/** Creates the counters of all gateways on one Redis. While Redis cannot be used, each gateway counts separately. */
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
  if (typeof count !== 'number' || typeof resetMs !== 'number')
    throw new Error('Unexpected reply from Redis.');
  return { count, resetMs: Math.max(0, resetMs) };
}
