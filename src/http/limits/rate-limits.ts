import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CountRate } from '../../backplane/rate-counts.js';
import { CALLBACK_PATH } from '../../services/callbacks/addresses.js';
import { OPERATOR_PATHS } from '../guards/request-guards.js';
import { RequestError } from '../request-error.js';
import { sourceOf } from './client-address.js';

/** Requests per minute; null where there is no limit. */
export interface RateLimits {
  readonly perAddress: number | null;
  readonly perPrincipal: number | null;
}

/** What a limit says of one request. */
interface Verdict {
  readonly limit: number;
  readonly remaining: number;
  /** When the next minute begins, in seconds from now. */
  readonly resetSeconds: number;
  readonly isExceeded: boolean;
}

const WINDOW_MS = 60_000;
/**
 * What the operator's own programs ask for, and what Astria calls: in bursts, from addresses that many share. A call there
 * without the secret of a prompt does nothing.
 */
const UNLIMITED: ReadonlySet<string | undefined> = new Set([
  ...OPERATOR_PATHS,
  `${CALLBACK_PATH}/:id/:secret`,
]);

/** Counts requests, and operations on WebSockets, by where they come from and by who sends them. */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #countRate: CountRate;

  constructor(limits: RateLimits, countRate: CountRate) {
    this.#limits = limits;
    this.#countRate = countRate;
  }

  /** Holds every HTTP request to the limit of its address, before anything is read of it or it is asked who sends it. */
  limitAddresses(app: FastifyInstance): void {
    const { perAddress } = this.#limits;
    if (perAddress === null) return;
    // Not route by route: what is not found counts as well.
    app.addHook('onRequest', async ({ ip, routeOptions }, reply) => {
      if (UNLIMITED.has(routeOptions.url)) return;
      hold(await this.#count(addressKey(ip), perAddress), reply);
    });
  }

  /**
   * Holds an HTTP request to the limit of its principal, null for one that has none, and tells its client what is left.
   * @param principal See `Admitted.countedAs`.
   * @throws RequestError when it goes over it.
   */
  async holdPrincipal(principal: string | null, reply: FastifyReply): Promise<void> {
    const { perPrincipal } = this.#limits;
    if (principal === null || perPrincipal === null) return;
    hold(await this.#count(principalKey(principal), perPrincipal), reply);
  }

  /**
   * Counts what is no HTTP request: a WebSocket, whose principal is not known yet, or an operation on one. Never rejects.
   * @returns How it is refused, or null where it may go on.
   */
  async refusal(address: string, principal: string | null = null): Promise<RequestError | null> {
    const counted = [[addressKey(address), this.#limits.perAddress] as const];
    if (principal !== null) counted.push([principalKey(principal), this.#limits.perPrincipal]);
    for (const [key, limit] of counted) {
      const verdict = limit === null ? null : await this.#count(key, limit);
      if (verdict?.isExceeded) return tooMany(verdict.resetSeconds);
    }
    return null;
  }

  async #count(key: string, limit: number): Promise<Verdict> {
    const { count, resetMs } = await this.#countRate(key, WINDOW_MS);
    return {
      limit,
      remaining: Math.max(0, limit - count),
      resetSeconds: Math.ceil(resetMs / 1000),
      isExceeded: count > limit,
    };
  }
}

/**
 * Tells the client what is left: of the limits that hold for it, the one that leaves it less.
 * @throws RequestError when the limit is exceeded.
 */
function hold({ limit, remaining, resetSeconds, isExceeded }: Verdict, reply: FastifyReply): void {
  const other = reply.getHeader('ratelimit-remaining');
  if (isExceeded || other === undefined || remaining < Number(other)) {
    reply.header('ratelimit-limit', limit);
    reply.header('ratelimit-remaining', remaining);
    reply.header('ratelimit-reset', resetSeconds);
  }
  if (isExceeded) throw tooMany(resetSeconds);
}

function tooMany(resetSeconds: number): RequestError {
  const seconds = Math.max(1, resetSeconds);
  return new RequestError(429, 'RATE_LIMITED', `Too many requests. Try again in ${seconds} s.`, {
    extensions: { retryAfter: seconds },
    headers: { 'retry-after': String(seconds) },
  });
}

const addressKey = (address: string) => `address:${sourceOf(address)}`;
const principalKey = (principal: string) => `principal:${principal}`;
