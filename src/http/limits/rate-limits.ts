import type { FastifyInstance, FastifyReply } from 'fastify';
import { CALLBACK_PATH } from '../../services/callbacks/callback-urls.js';
import type { CountRate } from '../../storage/rate-counts.js';
import { OPERATOR_PATHS } from '../guards/request-guards.js';
import { RequestError } from '../request-error.js';
import { sourceOf } from './client-address.js';

/** Maximum numbers of requests per minute. Null disables a limit. */
export interface RateLimits {
  readonly perAddress: number | null;
  readonly perPrincipal: number | null;
}

/** Result of counting one request. */
interface RateStatus {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the next minute begins. */
  readonly resetSeconds: number;
  readonly isExceeded: boolean;
}

const WINDOW_MS = 60_000;
/** Routes without a limit. The operator's own programs and Astria send requests in bursts, and from shared addresses. */
const UNLIMITED: ReadonlySet<string | undefined> = new Set([
  ...OPERATOR_PATHS,
  `${CALLBACK_PATH}/:id/:secret`,
]);

/** Counts requests and WebSocket operations by client address and by principal. */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #countRate: CountRate;

  constructor(limits: RateLimits, countRate: CountRate) {
    this.#limits = limits;
    this.#countRate = countRate;
  }

  /** Applies the limit per address to every HTTP request, before its body is read or its caller is authenticated. */
  limitAddresses(app: FastifyInstance): void {
    const { perAddress } = this.#limits;
    if (perAddress === null) return;
    // A global hook, so that requests without a route count as well.
    app.addHook('onRequest', async ({ ip, routeOptions }, reply) => {
      if (UNLIMITED.has(routeOptions.url)) return;
      enforce(await this.#count(addressKey(ip), perAddress), reply);
    });
  }

  /**
   * Applies the limit per principal to an HTTP request, and sets the rate-limit headers of its response.
   * @param principal See `AuthenticatedRequest.rateLimitKey`. Null for a request without a principal.
   * @throws RequestError if the limit is exceeded.
   */
  async limitPrincipal(principal: string | null, reply: FastifyReply): Promise<void> {
    const { perPrincipal } = this.#limits;
    if (principal === null || perPrincipal === null) return;
    enforce(await this.#count(principalKey(principal), perPrincipal), reply);
  }

  /**
   * Counts a WebSocket handshake, whose principal is not known yet, or a WebSocket operation. Never rejects.
   * @returns The error to refuse it with, or null to accept it.
   */
  async refusal(address: string, principal: string | null = null): Promise<RequestError | null> {
    const limits = [[addressKey(address), this.#limits.perAddress] as const];
    if (principal !== null) limits.push([principalKey(principal), this.#limits.perPrincipal]);
    for (const [key, limit] of limits) {
      const status = limit === null ? null : await this.#count(key, limit);
      if (status?.isExceeded) return tooMany(status.resetSeconds);
    }
    return null;
  }

  async #count(key: string, limit: number): Promise<RateStatus> {
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
 * Sets the rate-limit headers of a response. If several limits apply, they show the one with fewer requests left.
 * @throws RequestError if the limit is exceeded.
 */
function enforce({ limit, remaining, resetSeconds, isExceeded }: RateStatus, reply: FastifyReply): void {
  const previous = reply.getHeader('ratelimit-remaining');
  if (isExceeded || previous === undefined || remaining < Number(previous)) {
    reply.header('ratelimit-limit', limit);
    reply.header('ratelimit-remaining', remaining);
    reply.header('ratelimit-reset', resetSeconds);
  }
  if (isExceeded) throw tooMany(resetSeconds);
}

function tooMany(resetSeconds: number): RequestError {
  const seconds = Math.max(1, resetSeconds);
  const message = `Too many requests. Try again in ${seconds} s.`;
  const headers = { 'retry-after': String(seconds) };
  return new RequestError(429, 'RATE_LIMITED', message, headers, { retryAfter: seconds });
}

const addressKey = (address: string) => `address:${sourceOf(address)}`;
const principalKey = (principal: string) => `principal:${principal}`;
