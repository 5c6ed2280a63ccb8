import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { monotonicMs, wallClockMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { isScope, type Principal, type Scope } from '../../domain/principal.js';
import { isUnusableText } from '../../domain/text.js';
import { RequestError } from '../request-error.js';

/** Whose tokens are taken, and what for. */
export interface JwtOptions {
  /** Where the public keys are that they are signed for. */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim with the scopes: a list, or one text with blanks between them. */
  readonly scopeClaim: string;
}

/** Only with these, where nobody can make a token who can check one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** How far the issuer's clock may be off. */
const CLOCK_TOLERANCE_S = 10;
const KEYS_UNAVAILABLE = 'Tokens cannot be verified at the moment. Try again in a few seconds.';
const JWKS_TIMEOUT_MS = 5_000;
/** Time for which fetched keys serve, and pause between two fetches, in milliseconds. */
const KEYS_MAX_AGE_MS = 600_000;
const FETCH_PAUSE_MS = 30_000;

/**
 * Creates a function that checks JSON Web Tokens (RFC 7519) of one issuer. Its public keys are fetched when they are needed,
 * and kept. The function returns the principal of a token; null if it is unknown or has expired. It throws RequestError where
 * no keys were ever had.
 */
export function createJwtVerifier(
  options: JwtOptions,
  log: Log,
): (token: string) => Promise<Principal | null> {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  /** Times of {@link monotonicMs}: jose's own ones are of the wall clock, which can be set. */
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  const mayFetch = () => monotonicMs() - triedAt >= FETCH_PAUSE_MS;

  const localKeys = (): JWTVerifyGetKey => {
    const known = keys.jwks();
    if (!known)
      throw new RequestError(503, 'UNAUTHENTICATED', KEYS_UNAVAILABLE, { headers: { 'retry-after': '5' } });
    return createLocalJWKSet(known);
  };

  /** Keys of before stay where there are no new ones. */
  const fetchKeys = async (): Promise<void> => {
    try {
      await keys.reload();
      fetchedAt = monotonicMs();
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'The keys for verifying JWTs could not be fetched.');
    } finally {
      triedAt = monotonicMs();
    }
  };

  return async (token) => {
    const isStale = monotonicMs() - fetchedAt >= KEYS_MAX_AGE_MS;
    if (!keys.jwks() || (isStale && mayFetch())) await fetchKeys();
    return check(token, options, async (header, input) => {
      try {
        return await localKeys()(header, input);
      } catch (error) {
        // The issuer may have a new key.
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayFetch()) throw error;
        await fetchKeys();
        return localKeys()(header, input);
      }
    });
  };
}

/** Null for a token that is not good. @throws when it is not the token that is at fault. */
async function check(
  token: string,
  { issuer, audience, scopeClaim }: JwtOptions,
  keys: JWTVerifyGetKey,
): Promise<Principal | null> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp', 'sub'],
    });
    const { sub } = payload;
    // To jose any value is one. The record would change unusable text, and two subjects would share one name.
    if (typeof sub !== 'string' || sub === '' || isUnusableText(sub)) return null;
    const endsAt = ((payload.exp ?? 0) + CLOCK_TOLERANCE_S) * 1000;
    return {
      id: `jwt ${issuer} ${sub}`,
      scopes: scopesIn(payload, scopeClaim),
      isCurrent: () => wallClockMs() < endsAt,
    };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return null;
  }
}

/** What a failed fetch says is its cause; the address in it may have a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  const isCoded = cause instanceof Error && 'code' in cause;
  return isCoded ? String(cause.code) : error.message;
}

/** Scopes of other services are none of ours. */
function scopesIn(payload: JWTPayload, claim: string): ReadonlySet<Scope> {
  const value = payload[claim];
  const given: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return new Set(given.filter(isScope));
}
