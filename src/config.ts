import { z } from 'zod';
import { apiKey, baseUrl, list, network, origin, safeUrl, text, whole, yesOrNo } from './config-fields.js';
import type { QueryLimits } from './graphql/limits/limits.js';
import type { JwtOptions } from './http/access/jwt.js';
import { isLoopback } from './http/limits/client-address.js';
import { CLIENT_TIMEOUTS, type ClientTimeouts } from './http/limits/client-timeouts.js';
import { OVERLOAD, type OverloadLimits } from './http/limits/load-shedder.js';
import type { RateLimits } from './http/limits/rate-limits.js';
import type { JobRetryPolicy } from './services/replication/jobs/retry.js';
import type { ConnectionOptions } from './upstream/http-client.js';

/** What the program is told by its environment. Times in milliseconds, sizes in bytes. */
export interface Config {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Emulated upstreams inside the process, in place of the real ones. */
  readonly sandbox: boolean;
  readonly astria: UpstreamConfig;
  readonly portkey: UpstreamConfig;
  /** How long one call to an upstream may take, its repeats and the body included. */
  readonly upstreamTimeoutMs: number;
  /** What else is told to the connections to the upstreams; the environment sets none of it. */
  readonly upstreamTimes?: Pick<ConnectionOptions, 'breaker' | 'retryDelays' | 'writeGraceMs'>;
  /** Repeats of the calls of a replication. The environment does not set it. */
  readonly replicationRetry?: JobRetryPolicy;
  readonly maxUploadBytes: number;
  /** The folder of the embedded store. */
  readonly dataDir: string;
  /** For how long a create whose answer was lost is looked for before it counts as not done. */
  readonly outcomeSettleMs: number;
  /**
   * After how long a create of an image prompt whose answer was lost is sent again, where the account at Astria has
   * idempotency on; null where it has not.
   */
  readonly astriaRepeatMs: number | null;
  /** Where the outside reaches the gateway, without a slash at its end; null: nowhere. */
  readonly publicUrl: string | null;
  /** Callers may have addresses of private networks called back. */
  readonly allowPrivateCallbacks: boolean;
  /** How long to wait before a callback that has failed is repeated for the first time. */
  readonly callbackRetryMs: number;
  readonly access: AccessConfig;
  readonly introspection: boolean;
  /** The page at `/` for trying operations out, and whether it may read the schema; null: there is none. */
  readonly playground: { readonly showsSchema: boolean } | null;
  /** The largest JSON body and WebSocket message. */
  readonly maxBodyBytes: number;
  readonly queryLimits: QueryLimits;
  /** The documents that are known beforehand; null: there is no such list. */
  readonly trustedDocuments: { readonly file: string; readonly mode: 'only' | 'prefer' } | null;
  readonly rateLimits: RateLimits;
  /** What several gateways share; null: each is by itself. */
  readonly redisUrl: string | null;
  /** The origins whose pages may use the gateway, besides its own. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks of proxies, whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** How many connections may be open at once. */
  readonly maxConnections: number;
  /** How long clients may take; the environment sets none of it. */
  readonly clientTimeouts: ClientTimeouts;
  readonly overload: OverloadLimits;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** Who may use the gateway's own keys: where both are null, everybody who reaches it. */
export interface AccessConfig {
  /** A file with the hashes of the gateway's tokens. */
  readonly tokensFile: string | null;
  readonly jwt: JwtOptions | null;
}

export interface UpstreamConfig {
  readonly baseUrl: string;
  /** The gateway's own key, for callers that bring none. */
  readonly apiKey: string | null;
}

/** The environment cannot be used; the message names every fault in it, and no value of a key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is invalid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** What Astria's documentation asks for. */
const ASTRIA_REPEAT_MS = 60_000;
const CALLBACK_RETRY_MS = 5_000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const MEBIBYTE = 1024 * 1024;
/** Requests per minute, where strangers can reach the gateway. */
const RATE_LIMITS = { perAddress: 6_000, perPrincipal: 3_000 };

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65535).default(4000),
  ASTRIA_BASE_URL: baseUrl.optional(),
  ASTRIA_API_KEY: apiKey.optional(),
  PORTKEY_BASE_URL: baseUrl.optional(),
  PORTKEY_API_KEY: apiKey.optional(),
  SANDBOX: z.enum(['true', 'false', 'auto'], 'must be true, false or auto').default('auto'),
  UPSTREAM_TIMEOUT_MS: whole(100, 600_000).default(30_000),
  MAX_UPLOAD_BYTES: whole(1, 4096 * MEBIBYTE).default(256 * MEBIBYTE),
  DATA_DIR: text.default('./data'),
  OUTCOME_SETTLE_MS: whole(0, 600_000).default(5_000),
  ASTRIA_IDEMPOTENCY: yesOrNo,
  PUBLIC_URL: baseUrl.optional(),
  ALLOW_PRIVATE_CALLBACKS: yesOrNo,
  AUTH_TOKENS_FILE: text.optional(),
  AUTH_JWKS_URL: safeUrl.optional(),
  AUTH_ISSUER: text.optional(),
  AUTH_AUDIENCE: text.optional(),
  AUTH_SCOPE_CLAIM: text.default('scope'),
  INTROSPECTION: z.enum(['true', 'false', 'auto'], 'must be true, false or auto').default('auto'),
  PLAYGROUND: z.enum(['on', 'off'], 'must be on or off').default('on'),
  MAX_BODY_BYTES: whole(1024, 64 * MEBIBYTE).default(MEBIBYTE),
  MAX_QUERY_TOKENS: whole(10, 20_000).default(2_000),
  MAX_QUERY_DEPTH: whole(1, 1_000).default(12),
  MAX_QUERY_ALIASES: whole(0, 100_000).default(100),
  MAX_QUERY_ROOT_FIELDS: whole(1, 100_000).default(100),
  MAX_QUERY_COST: whole(1, 1_000_000_000).default(20_000),
  TRUSTED_DOCUMENTS: text.optional(),
  TRUSTED_DOCUMENTS_MODE: z.enum(['only', 'prefer'], 'must be only or prefer').optional(),
  RATE_LIMIT_PER_ADDRESS: whole(0, 100_000_000).optional(),
  RATE_LIMIT_PER_PRINCIPAL: whole(0, 100_000_000).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }).optional(),
  CORS_ORIGINS: list(origin),
  TRUSTED_PROXIES: list(network),
  MAX_CONNECTIONS: whole(1, 1_000_000).default(4_096),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});
type Environment = z.infer<typeof environment>;

/** Which variables need which others. Who checks JWTs without their issuer or audience lets in those of any other service. */
const NEEDS: readonly (readonly [name: string, other: string])[] = [
  ['AUTH_JWKS_URL', 'AUTH_ISSUER'],
  ['AUTH_JWKS_URL', 'AUTH_AUDIENCE'],
  ['AUTH_ISSUER', 'AUTH_JWKS_URL'],
  ['AUTH_AUDIENCE', 'AUTH_JWKS_URL'],
  ['TRUSTED_DOCUMENTS_MODE', 'TRUSTED_DOCUMENTS'],
];

/**
 * Reads the configuration. Pure.
 * @param env Variables as in process.env; an empty one counts as not set.
 * @throws ConfigError with every fault.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(given);
  const lacking = NEEDS.filter(([name, other]) => given[name] !== undefined && given[other] === undefined);
  const faults = [
    ...(result.error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}.`),
    ...lacking.map(([name, other]) => `${other} must be set if ${name} is set.`),
  ];
  if (!result.success || faults.length > 0) throw new ConfigError([...new Set(faults)]);
  const { data } = result;
  const isConfigured =
    data.ASTRIA_API_KEY ?? data.PORTKEY_API_KEY ?? data.ASTRIA_BASE_URL ?? data.PORTKEY_BASE_URL;
  const sandbox = data.SANDBOX === 'true' || (data.SANDBOX === 'auto' && isConfigured === undefined);
  return {
    host: data.HOST,
    port: data.PORT,
    sandbox,
    astria: { baseUrl: data.ASTRIA_BASE_URL ?? 'https://api.astria.ai', apiKey: data.ASTRIA_API_KEY ?? null },
    portkey: {
      baseUrl: data.PORTKEY_BASE_URL ?? 'https://api.portkey.ai/v1',
      apiKey: data.PORTKEY_API_KEY ?? null,
    },
    upstreamTimeoutMs: data.UPSTREAM_TIMEOUT_MS,
    maxUploadBytes: data.MAX_UPLOAD_BYTES,
    dataDir: data.DATA_DIR,
    outcomeSettleMs: data.OUTCOME_SETTLE_MS,
    astriaRepeatMs: data.ASTRIA_IDEMPOTENCY ? ASTRIA_REPEAT_MS : null,
    publicUrl: data.PUBLIC_URL === undefined ? null : new URL(data.PUBLIC_URL).href.replace(/\/+$/, ''),
    allowPrivateCallbacks: data.ALLOW_PRIVATE_CALLBACKS,
    callbackRetryMs: CALLBACK_RETRY_MS,
    access: accessOf(data),
    introspection: data.INTROSPECTION === 'auto' ? sandbox : data.INTROSPECTION === 'true',
    // Without a schema it is of little use: only who says that nobody is to have it keeps it.
    playground: data.PLAYGROUND === 'on' ? { showsSchema: data.INTROSPECTION !== 'false' } : null,
    maxBodyBytes: data.MAX_BODY_BYTES,
    queryLimits: {
      tokens: data.MAX_QUERY_TOKENS,
      depth: data.MAX_QUERY_DEPTH,
      aliases: data.MAX_QUERY_ALIASES,
      rootFields: data.MAX_QUERY_ROOT_FIELDS,
      cost: data.MAX_QUERY_COST,
    },
    trustedDocuments:
      data.TRUSTED_DOCUMENTS === undefined
        ? null
        : { file: data.TRUSTED_DOCUMENTS, mode: data.TRUSTED_DOCUMENTS_MODE ?? 'only' },
    rateLimits: rateLimitsOf(data),
    redisUrl: data.REDIS_URL ?? null,
    corsOrigins: data.CORS_ORIGINS,
    trustedProxies: data.TRUSTED_PROXIES,
    maxConnections: data.MAX_CONNECTIONS,
    clientTimeouts: CLIENT_TIMEOUTS,
    overload: OVERLOAD,
    logLevel: data.LOG_LEVEL,
  };
}

function accessOf(data: Environment): AccessConfig {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = data;
  const scopeClaim = data.AUTH_SCOPE_CLAIM;
  const jwt =
    jwksUrl === undefined || issuer === undefined || audience === undefined
      ? null
      : { jwksUrl, issuer, audience, scopeClaim };
  return { tokensFile: data.AUTH_TOKENS_FILE ?? null, jwt };
}

/** Where nobody but this machine's users gets in there is no limit by default. */
function rateLimitsOf(data: Environment): RateLimits {
  const { HOST, PUBLIC_URL, AUTH_TOKENS_FILE, AUTH_JWKS_URL } = data;
  const isReachedHere = PUBLIC_URL === undefined || isLoopback(new URL(PUBLIC_URL).hostname);
  const isOpen = isLoopback(HOST) && isReachedHere && !AUTH_TOKENS_FILE && !AUTH_JWKS_URL;
  const limit = (given: number | undefined, byDefault: number) => (given ?? (isOpen ? 0 : byDefault)) || null;
  return {
    perAddress: limit(data.RATE_LIMIT_PER_ADDRESS, RATE_LIMITS.perAddress),
    perPrincipal: limit(data.RATE_LIMIT_PER_PRINCIPAL, RATE_LIMITS.perPrincipal),
  };
}
