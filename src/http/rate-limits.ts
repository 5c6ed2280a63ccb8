import { createHash } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RateCounts } from '../backplane/rate-counts.js';
import { CALLBACK_PATH } from '../services/callbacks/addresses.js';
import { sourceOf } from './client-address.js';
import { OPERATOR_PATHS } from './operator-paths.js';
import { RequestError } from './request-error.js';

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
  readonly #counts: RateCounts;

  constructor(limits: RateLimits, counts: RateCounts) {
    this.#limits = limits;
    this.#counts = counts;
  }

  /** Holds every HTTP request to the limit of its address, before anything is read of it or it is asked who sends it. */
  async limitAddresses(app: FastifyInstance): Promise<void> {
    const { perAddress } = this.#limits;
    if (perAddress === null) return;
    const counts = this.#counts;
    class Store {
      incr(key: string, tell: (error: null, count: { current: number; ttl: number }) => void) {
        void counts
          .count(key, WINDOW_MS)
          .then(({ count, resetMs }) => tell(null, { current: count, ttl: resetMs }));
      }
      child() {
        return this;
      }
    }
    await app.register(rateLimit, {
      global: false,
      enableDraftSpec: true,
      max: perAddress,
      timeWindow: WINDOW_MS,
      store: Store,
      keyGenerator: ({ ip }) => addressKey(ip),
      allowList: ({ routeOptions }) => UNLIMITED.has(routeOptions.url),
      errorResponseBuilder: (_request, { ttl }) => tooMany(Math.ceil(ttl / 1000)),
    });
    // Not route by route: what is not found counts as well.
    app.addHook('onRequest', app.rateLimit());
  }

  /**
   * Holds an HTTP request to the limit of its principal, null for one that has none, and tells its client what is left: of the
   * two limits that hold for it, the one that leaves it less.
   * @throws RequestError when it goes over it.
   */
  async holdPrincipal(principal: string | null, reply: FastifyReply): Promise<void> {
    const verdict = await this.#ofPrincipal(principal);
    if (!verdict) return;
    const other = reply.getHeader('ratelimit-remaining');
    if (verdict.isExceeded || other === undefined || verdict.remaining < Number(other)) {
      reply.header('ratelimit-limit', verdict.limit);
      reply.header('ratelimit-remaining', verdict.remaining);
      reply.header('ratelimit-reset', verdict.resetSeconds);
    }
    if (verdict.isExceeded) throw tooMany(verdict.resetSeconds);
  }

  /**
   * Counts what is no HTTP request: a WebSocket, whose principal is not known yet, or an operation on one. Never rejects.
   * @returns How it is refused, or null where it may go on.
   */
  async refusal(address: string, principal: string | null = null): Promise<RequestError | null> {
    const ofAddress = await this.#count(addressKey(address), this.#limits.perAddress);
    if (ofAddress?.isExceeded) return tooMany(ofAddress.resetSeconds);
    const ofPrincipal = await this.#ofPrincipal(principal);
    return ofPrincipal?.isExceeded ? tooMany(ofPrincipal.resetSeconds) : null;
  }

  /** A name can be long, and is nothing to be kept. */
  async #ofPrincipal(principal: string | null): Promise<Verdict | null> {
    if (principal === null) return null;
    const hash = createHash('sha256').update(principal).digest('base64url');
    return this.#count(`principal:${hash}`, this.#limits.perPrincipal);
  }

  async #count(key: string, limit: number | null): Promise<Verdict | null> {
    if (limit === null) return null;
    const { count, resetMs } = await this.#counts.count(key, WINDOW_MS);
    return {
      limit,
      remaining: Math.max(0, limit - count),
      resetSeconds: Math.ceil(resetMs / 1000),
      isExceeded: count > limit,
    };
  }
}

function tooMany(resetSeconds: number): RequestError {
  const seconds = Math.max(1, resetSeconds);
  return new RequestError(429, 'RATE_LIMITED', `too many requests: come again in ${seconds} s`, {
    extensions: { retryAfter: seconds },
    headers: { 'retry-after': String(seconds) },
  });
}

const addressKey = (address: string) => `address:${sourceOf(address)}`;
