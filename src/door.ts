import { MemoryRateCounts } from './backplane/rate-counts.js';
import { type AccessConfig, type Config, ConfigError } from './config.js';
import type { Log } from './domain/log.js';
import { exposureFault } from './http/access/exposure.js';
import type { JwtOptions } from './http/access/jwt.js';
import { TokensFile, TokensFileError } from './http/access/tokens-file.js';
import { type HostRule, localHostRule } from './http/guards/host-check.js';
import { RateLimiter } from './http/limits/rate-limits.js';
import { NotBuiltError, type Playground, readPlayground } from './http/playground.js';

/** Without Redis each gateway counts by itself. */
export async function openRates({ redisUrl, rateLimits }: Config, log: Log) {
  const own = new MemoryRateCounts();
  if (redisUrl === null) return { redis: null, rates: new RateLimiter(rateLimits, own) };
  const { RedisConnection } = await import('./backplane/redis/connection.js');
  const { RedisRateCounts } = await import('./backplane/redis/rate-counts.js');
  const redis = await RedisConnection.open(redisUrl, log);
  return { redis, rates: new RateLimiter(rateLimits, new RedisRateCounts(redis, own)) };
}

/** What tells who somebody is. @throws ConfigError where the file of tokens cannot be used. */
export async function openAccess({ tokensFile, jwt }: AccessConfig, log: Log) {
  try {
    return {
      tokens: tokensFile === null ? null : new TokensFile(tokensFile, log),
      jwt: jwt && (await openJwt(jwt, log)),
    };
  } catch (error) {
    if (!(error instanceof TokensFileError)) throw error;
    throw new ConfigError([`AUTH_TOKENS_FILE: ${error.message}`]);
  }
}

async function openJwt(options: JwtOptions, log: Log) {
  const { JwtVerifier } = await import('./http/access/jwt.js');
  return new JwtVerifier(options, log);
}

/** What people see at `/`, or null for nothing. @throws ConfigError where it has not been built. */
export function openPlayground({ playground, sandbox }: Config, folder?: string): Playground | null {
  try {
    return playground && readPlayground({ ...playground, mode: sandbox ? 'sandbox' : 'live' }, folder);
  } catch (error) {
    if (!(error instanceof NotBuiltError)) throw error;
    throw new ConfigError([`PLAYGROUND: ${error.message}: run \`npm run build\`, or set PLAYGROUND=off`]);
  }
}

/** Who may use the gateway's own keys without more ado is known by the machine alone; null: it matters not what it is called. */
export function hostRule({ host, publicUrl, access, sandbox, astria, portkey }: Config): HostRule | null {
  const isOpen = access.tokensFile === null && access.jwt === null;
  const holdsKeys = astria.apiKey !== null || portkey.apiKey !== null;
  if (sandbox || !isOpen || !holdsKeys) return null;
  return localHostRule(publicUrl === null ? [host] : [host, publicUrl]);
}

/** The sandbox's keys buy nothing. @throws ConfigError where everybody could use the gateway's own. */
export function checkExposure({ host, access, sandbox, publicUrl, ...config }: Config, log: Log): void {
  const own = { astria: config.astria.apiKey, portkey: config.portkey.apiKey };
  const isOpen = access.tokensFile === null && access.jwt === null;
  if (sandbox) return;
  const fault = exposureFault(host, own, isOpen);
  if (fault) throw new ConfigError([fault]);
  if (publicUrl !== null && exposureFault(new URL(publicUrl).hostname, own, isOpen))
    log.warn(
      {},
      "PUBLIC_URL leads here, and whoever comes that way can use the gateway's own keys: set AUTH_TOKENS_FILE or AUTH_JWKS_URL, or let nothing but /webhooks through",
    );
}
