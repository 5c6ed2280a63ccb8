import type { ResourceStack } from '../async/resource-stack.js';
import { type AccessConfig, type Config, ConfigError } from '../config.js';
import type { Log } from '../domain/log.js';
import type { UpstreamKeys } from '../graphql/context.js';
import { Access, exposureError } from '../http/access/access.js';
import { openTokensFile, TokensFileError } from '../http/access/tokens-file.js';
import { type HostValidator, localHostValidator } from '../http/guards/request-guards.js';
import { RateLimiter } from '../http/limits/rate-limits.js';
import { NotBuiltError, type Playground, readPlayground } from '../http/playground.js';
import { memoryRateCounts } from '../storage/rate-counts.js';

/** Creates the rate limiter. Gateways that use the same Redis share their counts. */
export async function createRateLimiter(
  { redisUrl, rateLimits }: Config,
  log: Log,
  resources: ResourceStack,
): Promise<RateLimiter> {
  const own = memoryRateCounts();
  if (redisUrl === null) return new RateLimiter(rateLimits, own);
  const { RedisConnection, redisRateCounts } = await import('../storage/redis/rate-counts.js');
  const redis = await RedisConnection.open(redisUrl, log);
  resources.defer(() => redis.close());
  return new RateLimiter(rateLimits, redisRateCounts(redis, own));
}

/** Creates the verifiers of tokens and JWTs. @throws ConfigError if the tokens file cannot be used. */
export async function createAccessControl(
  { tokensFile, jwt }: AccessConfig,
  log: Log,
): Promise<(keys: UpstreamKeys) => Access> {
  try {
    const findToken = tokensFile === null ? null : openTokensFile(tokensFile, log);
    const verifyJwt = jwt && (await import('../http/access/jwt.js')).createJwtVerifier(jwt, log);
    return (keys) => new Access({ keys, findToken, verifyJwt });
  } catch (error) {
    if (!(error instanceof TokensFileError)) throw error;
    throw new ConfigError([`AUTH_TOKENS_FILE: ${error.message}`]);
  }
}

/** Reads the page at `/`. Returns null if it is disabled. @throws ConfigError if it has not been built. */
export function loadPlayground({ playground, sandbox }: Config, folder?: string): Playground | null {
  try {
    return playground && readPlayground({ ...playground, mode: sandbox ? 'sandbox' : 'live' }, folder);
  } catch (error) {
    if (!(error instanceof NotBuiltError)) throw error;
    throw new ConfigError([`PLAYGROUND: ${error.message} Run \`npm run build\`, or set PLAYGROUND=off.`]);
  }
}

/** Creates the host-name check for an open gateway that holds keys. Returns null for any other. */
export function createHostCheck(config: Config): HostValidator | null {
  const { host, publicUrl, access, sandbox, astria, portkey } = config;
  const isOpen = access.tokensFile === null && access.jwt === null;
  const holdsKeys = astria.apiKey !== null || portkey.apiKey !== null;
  if (sandbox || !isOpen || !holdsKeys) return null;
  return localHostValidator(publicUrl === null ? [host] : [host, publicUrl]);
}

/** @throws ConfigError if the configuration exposes the gateway's own keys, unless they are sandbox keys. */
export function checkExposure({ host, access, sandbox, publicUrl, ...config }: Config, log: Log): void {
  const own = { astria: config.astria.apiKey, portkey: config.portkey.apiKey };
  const isOpen = access.tokensFile === null && access.jwt === null;
  if (sandbox) return;
  const problem = exposureError(host, own, isOpen);
  if (problem) throw new ConfigError([problem]);
  if (publicUrl !== null && exposureError(new URL(publicUrl).hostname, own, isOpen))
    log.warn(
      {},
      "Every client that can reach PUBLIC_URL can use the gateway's own keys. " +
        'Set AUTH_TOKENS_FILE or AUTH_JWKS_URL, or expose only /webhooks.',
    );
}
