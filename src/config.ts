import { z } from 'zod';

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
  readonly logLevel: (typeof LOG_LEVELS)[number];
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
    super(`the configuration cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** What Astria's documentation asks for. */
const ASTRIA_REPEAT_MS = 60_000;
const CALLBACK_RETRY_MS = 5_000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const MEBIBYTE = 1024 * 1024;

const whole = (min: number, max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number, ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .default(byDefault);

const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');

const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine((value) => !/[?#]|:\/\/[^/]*@/.test(value), 'must have no user, query or fragment');

const apiKey = z.string().regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 visible ASCII characters');

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65535, 4000),
  ASTRIA_BASE_URL: baseUrl.optional(),
  ASTRIA_API_KEY: apiKey.optional(),
  PORTKEY_BASE_URL: baseUrl.optional(),
  PORTKEY_API_KEY: apiKey.optional(),
  SANDBOX: z.enum(['true', 'false', 'auto'], 'must be true, false or auto').default('auto'),
  UPSTREAM_TIMEOUT_MS: whole(100, 600_000, 30_000),
  MAX_UPLOAD_BYTES: whole(1, 4096 * MEBIBYTE, 256 * MEBIBYTE),
  DATA_DIR: z.string().max(1024, 'must be at most 1024 characters').default('./data'),
  OUTCOME_SETTLE_MS: whole(0, 600_000, 5_000),
  ASTRIA_IDEMPOTENCY: yesOrNo,
  PUBLIC_URL: baseUrl.optional(),
  ALLOW_PRIVATE_CALLBACKS: yesOrNo,
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});

/**
 * Reads the configuration. Pure.
 * @param env Variables as in process.env; an empty one counts as not set.
 * @throws ConfigError with every fault.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(given);
  if (!result.success)
    throw new ConfigError(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  const { data } = result;
  const isConfigured =
    data.ASTRIA_API_KEY ?? data.PORTKEY_API_KEY ?? data.ASTRIA_BASE_URL ?? data.PORTKEY_BASE_URL;
  return {
    host: data.HOST,
    port: data.PORT,
    sandbox: data.SANDBOX === 'true' || (data.SANDBOX === 'auto' && isConfigured === undefined),
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
    logLevel: data.LOG_LEVEL,
  };
}
