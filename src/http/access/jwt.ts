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

/** Requirements for accepted tokens. */
export interface JwtOptions {
  /** URL of the public keys that verify them. */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Name of the claim with the scopes, which is an array or a space-separated string. */
  readonly scopeClaim: string;
}

/** Accepted algorithms. All are asymmetric, because a service that verifies tokens must not be able to issue them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Maximum deviation of the issuer's clock, in seconds. */
const CLOCK_TOLERANCE_S = 10;
const KEYS_UNAVAILABLE = 'Tokens cannot be verified at the moment. Try again in a few seconds.';
const JWKS_TIMEOUT_MS = 5_000;
/** Time after which fetched keys are refreshed, in milliseconds. */
const KEYS_MAX_AGE_MS = 600_000;
/** Minimum time between two fetches, in milliseconds. */
const FETCH_COOLDOWN_MS = 30_000;

/**
 * Creates a function that returns the principal of a JSON Web Token (RFC 7519), or null for an invalid or expired token. It
 * fetches the public keys on demand, and throws RequestError while it has none.
 */
export function createJwtVerifier(options: JwtOptions, log: Log) {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  /** Times of {@link monotonicMs}. jose uses the wall clock, which can be changed. */
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  const mayFetch = () => monotonicMs() - attemptedAt >= FETCH_COOLDOWN_MS;

  const localKeys = (): JWTVerifyGetKey => {
    const jwks = keys.jwks();
    if (!jwks) throw new RequestError(503, 'UNAUTHENTICATED', KEYS_UNAVAILABLE, { 'retry-after': '5' });
    return createLocalJWKSet(jwks);
  };

  /** Fetches the keys. If that fails, the previous keys stay in use. */
  const fetchKeys = async (): Promise<void> => {
    try {
      await keys.reload();
      fetchedAt = monotonicMs();
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'The keys for verifying JWTs could not be fetched.');
    } finally {
      attemptedAt = monotonicMs();
    }
  };

  return async (token: string): Promise<Principal | null> => {
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

/** Returns null for an invalid token. @throws errors that the token did not cause. */
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
    // jose accepts any value. The database would change an unusable string, so two subjects could share one name.
    if (typeof sub !== 'string' || sub === '' || isUnusableText(sub)) return null;
    const endsAt = ((payload.exp ?? 0) + CLOCK_TOLERANCE_S) * 1000;
    const isCurrent = () => wallClockMs() < endsAt;
    return { id: `jwt ${issuer} ${sub}`, scopes: scopesIn(payload, scopeClaim), isCurrent };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return null;
  }
}

/** Returns the reason for a failed fetch, preferably its code, because the message may contain a URL with a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  const isCoded = cause instanceof Error && 'code' in cause;
  return isCoded ? String(cause.code) : error.message;
}

/** Returns the scopes of a token, without those of other services. */
function scopesIn(payload: JWTPayload, claim: string): ReadonlySet<Scope> {
  const value = payload[claim];
  const names: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return new Set(names.filter(isScope));
}
