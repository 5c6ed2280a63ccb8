import { z } from 'zod';
import {
  apiKey,
  baseUrl,
  integerBetween,
  list,
  network,
  origin,
  safeUrl,
  text,
  yesOrNo,
} from './config-fields.js';
import type { QueryLimits } from './graphql/limits/limits.js';
import type { JwtOptions } from './http/access/jwt.js';
import { isLoopback } from './http/limits/client-address.js';
import { CLIENT_TIMEOUTS, type ClientTimeouts } from './http/limits/client-timeouts.js';
import { OVERLOAD, type OverloadLimits } from './http/limits/load-shedder.js';
import type { RateLimits } from './http/limits/rate-limits.js';
import type { JobRetryPolicy } from './services/replication/jobs/retry.js';
import type { ConnectionOptions } from './upstream/http-client.js';

/** Configuration of the program, read from its environment. Times are in milliseconds, sizes in bytes. */
export interface Config {
  readonly host: string;
  /** Port, or 0 for any free port. */
  readonly port: number;
  /** Emulates the upstreams in the process instead of calling the real ones. */
  readonly sandbox: boolean;
  readonly astria: UpstreamConfig;
  readonly portkey: UpstreamConfig;
  /** Time limit of one call to an upstream, including retries and the body. */
  readonly upstreamTimeoutMs: number;
  /** Other timing options of the upstream connections. The environment does not set them. */
  readonly upstreamTimes?: Pick<ConnectionOptions, 'breaker' | 'retryDelays' | 'writeGraceMs'>;
  /** Retry policy for the calls of a replication. The environment does not set it. */
  readonly replicationRetry?: JobRetryPolicy;
  readonly maxUploadBytes: number;
  /** Folder of the embedded database. */
  readonly dataDir: string;
  /**
   * Time for which the gateway searches for the result of a create request whose response was lost. If none is found, the
   * request counts as not executed.
   */
  readonly lostResponseTimeoutMs: number;
  /**
   * Delay before a create request for an image prompt whose response was lost is sent again. Null unless the Astria account
   * has idempotency enabled.
   */
  readonly astriaRetryDelayMs: number | null;
  /** URL at which other hosts reach the gateway, without a trailing slash. Null if there is none. */
  readonly publicUrl: string | null;
  /** Allows callback URLs in private networks. */
  readonly allowPrivateCallbacks: boolean;
  /** Delay before the first retry of a failed callback. */
  readonly callbackRetryMs: number;
  readonly access: AccessConfig;
  readonly introspection: boolean;
  /** Page at `/` for trying out operations, or null to disable it. `showsSchema` lets it read the schema. */
  readonly playground: { readonly showsSchema: boolean } | null;
  /** Maximum size of a JSON body and of a WebSocket message. */
  readonly maxBodyBytes: number;
  readonly queryLimits: QueryLimits;
  /** File of the trusted documents, or null if there is none. */
  readonly trustedDocuments: { readonly file: string; readonly mode: 'only' | 'prefer' } | null;
  readonly rateLimits: RateLimits;
  /** URL of the Redis in which gateways share their rate-limit counts. Null for separate counts. */
  readonly redisUrl: string | null;
  /** Origins whose pages may use the gateway, in addition to its own. */
  readonly corsOrigins: readonly string[];
  /** IP addresses and networks of proxies whose X-Forwarded-For header is trusted. */
  readonly trustedProxies: readonly string[];
  /** Maximum number of open connections. */
  readonly maxConnections: number;
  /** Time limits for clients. The environment does not set them. */
  readonly clientTimeouts: ClientTimeouts;
  readonly overload: OverloadLimits;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Messages about the environment to log at the start. */
  readonly warnings: readonly string[];
}

/** Access to the gateway's own keys. If both are null, every client that reaches the gateway can use them. */
export interface AccessConfig {
  /** File with the hashes of the gateway's tokens. */
  readonly tokensFile: string | null;
  readonly jwt: JwtOptions | null;
}

export interface UpstreamConfig {
  readonly baseUrl: string;
  /** The gateway's own key, for callers that send none. */
  readonly apiKey: string | null;
}

/** Thrown if the environment is invalid. The message lists every error, and never contains the value of a key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Delay that Astria's documentation recommends. */
const ASTRIA_RETRY_DELAY_MS = 60_000;
const CALLBACK_RETRY_MS = 5_000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const MEBIBYTE = 1024 * 1024;
/** Default requests per minute for a gateway that other hosts can reach. */
const RATE_LIMITS = { perAddress: 6_000, perPrincipal: 3_000 };

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integerBetween(0, 65535).default(4000),
  ASTRIA_BASE_URL: baseUrl.optional(),
  ASTRIA_API_KEY: apiKey.optional(),
  PORTKEY_BASE_URL: baseUrl.optional(),
  PORTKEY_API_KEY: apiKey.optional(),
  SANDBOX: z.enum(['true', 'false', 'auto'], 'must be true, false or auto').default('auto'),
  UPSTREAM_TIMEOUT_MS: integerBetween(100, 600_000).default(30_000),
  MAX_UPLOAD_BYTES: integerBetween(1, 4096 * MEBIBYTE).default(256 * MEBIBYTE),
  DATA_DIR: text.default('./data'),
  LOST_RESPONSE_TIMEOUT_MS: integerBetween(0, 600_000).default(5_000),
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
  MAX_BODY_BYTES: integerBetween(1024, 64 * MEBIBYTE).default(MEBIBYTE),
  MAX_QUERY_TOKENS: integerBetween(10, 20_000).default(2_000),
  MAX_QUERY_DEPTH: integerBetween(1, 1_000).default(12),
  MAX_QUERY_ALIASES: integerBetween(0, 100_000).default(100),
  MAX_QUERY_ROOT_FIELDS: integerBetween(1, 100_000).default(100),
  MAX_QUERY_COST: integerBetween(1, 1_000_000_000).default(20_000),
  TRUSTED_DOCUMENTS: text.optional(),
  TRUSTED_DOCUMENTS_MODE: z.enum(['only', 'prefer'], 'must be only or prefer').optional(),
  RATE_LIMIT_PER_ADDRESS: integerBetween(0, 100_000_000).optional(),
  RATE_LIMIT_PER_PRINCIPAL: integerBetween(0, 100_000_000).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }).optional(),
  CORS_ORIGINS: list(origin),
  TRUSTED_PROXIES: list(network),
  MAX_CONNECTIONS: integerBetween(1, 1_000_000).default(4_096),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});
type Environment = z.infer<typeof environment>;

/** Former names of variables. They still work in this release. */
const RENAMED = [['OUTCOME_SETTLE_MS', 'LOST_RESPONSE_TIMEOUT_MS']] as const;

/** Variables that require another one. Without an issuer and an audience, JWTs for other services would be accepted. */
const REQUIREMENTS: readonly (readonly [name: string, other: string])[] = [
  ['AUTH_JWKS_URL', 'AUTH_ISSUER'],
  ['AUTH_JWKS_URL', 'AUTH_AUDIENCE'],
  ['AUTH_ISSUER', 'AUTH_JWKS_URL'],
  ['AUTH_AUDIENCE', 'AUTH_JWKS_URL'],
  ['TRUSTED_DOCUMENTS_MODE', 'TRUSTED_DOCUMENTS'],
];

/**
 * Reads the configuration. Pure.
 * @param env Variables as in process.env. An empty one counts as not set.
 * @throws ConfigError with every error.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const variables = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const warnings: string[] = [];
  const formerNames = new Map<unknown, string>();
  for (const [former, name] of RENAMED.filter(([each]) => variables[each] !== undefined)) {
    if (variables[name] === undefined) formerNames.set(name, former);
    variables[name] ??= variables[former];
    warnings.push(`${former} has a new name. Set ${name}, and remove ${former}.`);
  }
  const result = environment.safeParse(variables);
  const missing = REQUIREMENTS.filter(
    ([name, other]) => variables[name] !== undefined && variables[other] === undefined,
  );
  const problems = [
    ...(result.error?.issues ?? []).map(
      ({ path, message }) => `${formerNames.get(path[0]) ?? String(path[0])} ${message}.`,
    ),
    ...missing.map(([name, other]) => `${other} must be set if ${name} is set.`),
  ];
  if (!result.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
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
    lostResponseTimeoutMs: data.LOST_RESPONSE_TIMEOUT_MS,
    astriaRetryDelayMs: data.ASTRIA_IDEMPOTENCY ? ASTRIA_RETRY_DELAY_MS : null,
    publicUrl: data.PUBLIC_URL === undefined ? null : new URL(data.PUBLIC_URL).href.replace(/\/+$/, ''),
    allowPrivateCallbacks: data.ALLOW_PRIVATE_CALLBACKS,
    callbackRetryMs: CALLBACK_RETRY_MS,
    access: accessOf(data),
    introspection: data.INTROSPECTION === 'auto' ? sandbox : data.INTROSPECTION === 'true',
    // The page needs the schema, so only INTROSPECTION=false withholds it.
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
    warnings,
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

/** Returns the rate limits. By default, an open gateway that only this machine can reach has none. */
function rateLimitsOf(data: Environment): RateLimits {
  const { HOST, PUBLIC_URL, AUTH_TOKENS_FILE, AUTH_JWKS_URL } = data;
  const isLocalUrl = PUBLIC_URL === undefined || isLoopback(new URL(PUBLIC_URL).hostname);
  const isOpen = isLoopback(HOST) && isLocalUrl && !AUTH_TOKENS_FILE && !AUTH_JWKS_URL;
  const limit = (value: number | undefined, byDefault: number) => (value ?? (isOpen ? 0 : byDefault)) || null;
  return {
    perAddress: limit(data.RATE_LIMIT_PER_ADDRESS, RATE_LIMITS.perAddress),
    perPrincipal: limit(data.RATE_LIMIT_PER_PRINCIPAL, RATE_LIMITS.perPrincipal),
  };
}
