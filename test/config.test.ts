import { describe, expect, it } from '@jest/globals';
import { ConfigError, parseConfig } from '../src/config.js';
import { CLIENT_TIMEOUTS } from '../src/http/limits/client-timeouts.js';
import { OVERLOAD } from '../src/http/limits/load-shedder.js';

const DEFAULTS = {
  host: '127.0.0.1',
  port: 4000,
  sandbox: true,
  astria: { baseUrl: 'https://api.astria.ai', apiKey: null },
  portkey: { baseUrl: 'https://api.portkey.ai/v1', apiKey: null },
  upstreamTimeoutMs: 30_000,
  maxUploadBytes: 256 * 1024 * 1024,
  dataDir: './data',
  lostResponseTimeoutMs: 5000,
  astriaRetryDelayMs: null,
  publicUrl: null,
  allowPrivateCallbacks: false,
  callbackRetryMs: 5000,
  access: { tokensFile: null, jwt: null },
  introspection: true,
  playground: { showsSchema: true },
  maxBodyBytes: 1024 * 1024,
  queryLimits: { tokens: 2_000, depth: 12, aliases: 100, rootFields: 100, cost: 20_000 },
  trustedDocuments: null,
  rateLimits: { perAddress: null, perPrincipal: null },
  redisUrl: null,
  corsOrigins: [],
  trustedProxies: [],
  maxConnections: 4096,
  clientTimeouts: CLIENT_TIMEOUTS,
  overload: OVERLOAD,
  logLevel: 'info',
  warnings: [],
};

/** Environment with every variable, each with a value that differs from its default. */
const EVERY_VARIABLE = {
  HOST: '0.0.0.0',
  PORT: '0',
  ASTRIA_BASE_URL: 'http://127.0.0.1:9000/astria',
  ASTRIA_API_KEY: 'sd_one',
  PORTKEY_BASE_URL: 'https://portkey.example.com/v1/',
  PORTKEY_API_KEY: 'pk-two',
  SANDBOX: 'false',
  UPSTREAM_TIMEOUT_MS: '1500',
  MAX_UPLOAD_BYTES: '1048576',
  DATA_DIR: '/var/lib/promptgate',
  LOST_RESPONSE_TIMEOUT_MS: '0',
  ASTRIA_IDEMPOTENCY: 'true',
  PUBLIC_URL: 'https://gateway.example.com/prompts/',
  ALLOW_PRIVATE_CALLBACKS: 'true',
  AUTH_TOKENS_FILE: '/etc/promptgate/tokens.json',
  AUTH_JWKS_URL: 'https://issuer.example.com/jwks.json',
  AUTH_ISSUER: 'https://issuer.example.com/',
  AUTH_AUDIENCE: 'promptgate',
  AUTH_SCOPE_CLAIM: 'permissions',
  INTROSPECTION: 'true',
  PLAYGROUND: 'off',
  MAX_BODY_BYTES: '2048',
  MAX_QUERY_TOKENS: '11',
  MAX_QUERY_DEPTH: '12',
  MAX_QUERY_ALIASES: '13',
  MAX_QUERY_ROOT_FIELDS: '14',
  MAX_QUERY_COST: '15',
  TRUSTED_DOCUMENTS: 'documents.json',
  TRUSTED_DOCUMENTS_MODE: 'prefer',
  RATE_LIMIT_PER_ADDRESS: '16',
  RATE_LIMIT_PER_PRINCIPAL: '0',
  REDIS_URL: 'rediss://user:pass@redis.example.com:6380/2',
  CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
  TRUSTED_PROXIES: '10.0.0.0/8,::1',
  MAX_CONNECTIONS: '17',
  LOG_LEVEL: 'silent',
};

function errorsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('parseConfig has a default for every setting', () => {
    expect(parseConfig({})).toEqual(DEFAULTS);
  });

  it('parseConfig accepts the former name of a variable with a warning, and prefers the current name', () => {
    const former = { OUTCOME_SETTLE_MS: '7000' };
    const warnings = [
      'OUTCOME_SETTLE_MS has a new name. Set LOST_RESPONSE_TIMEOUT_MS, and remove OUTCOME_SETTLE_MS.',
    ];
    expect(parseConfig(former)).toEqual({ ...DEFAULTS, lostResponseTimeoutMs: 7000, warnings });
    const both = { ...former, LOST_RESPONSE_TIMEOUT_MS: '8000' };
    expect(parseConfig(both)).toEqual({ ...DEFAULTS, lostResponseTimeoutMs: 8000, warnings });
    expect(errorsOf({ OUTCOME_SETTLE_MS: '-1' })).toEqual([
      expect.stringMatching(/^OUTCOME_SETTLE_MS must be/),
    ]);
  });

  it('parseConfig reads every variable', () => {
    expect(parseConfig(EVERY_VARIABLE)).toEqual({
      host: '0.0.0.0',
      port: 0,
      sandbox: false,
      astria: { baseUrl: 'http://127.0.0.1:9000/astria', apiKey: 'sd_one' },
      portkey: { baseUrl: 'https://portkey.example.com/v1/', apiKey: 'pk-two' },
      upstreamTimeoutMs: 1500,
      maxUploadBytes: 1048576,
      dataDir: '/var/lib/promptgate',
      lostResponseTimeoutMs: 0,
      // Astria's documentation recommends this delay.
      astriaRetryDelayMs: 60_000,
      publicUrl: 'https://gateway.example.com/prompts',
      allowPrivateCallbacks: true,
      callbackRetryMs: 5000,
      access: {
        tokensFile: '/etc/promptgate/tokens.json',
        jwt: {
          jwksUrl: 'https://issuer.example.com/jwks.json',
          issuer: 'https://issuer.example.com/',
          audience: 'promptgate',
          scopeClaim: 'permissions',
        },
      },
      introspection: true,
      playground: null,
      maxBodyBytes: 2048,
      queryLimits: { tokens: 11, depth: 12, aliases: 13, rootFields: 14, cost: 15 },
      trustedDocuments: { file: 'documents.json', mode: 'prefer' },
      rateLimits: { perAddress: 16, perPrincipal: null },
      redisUrl: 'rediss://user:pass@redis.example.com:6380/2',
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      maxConnections: 17,
      clientTimeouts: CLIENT_TIMEOUTS,
      overload: OVERLOAD,
      logLevel: 'silent',
      warnings: [],
    });
  });

  it.each([
    ['HTTP://Gateway.Example.COM', 'http://gateway.example.com'],
    ['https://gateway.example.com:443//', 'https://gateway.example.com'],
    ['https://gateway.example.com/A/b/', 'https://gateway.example.com/A/b'],
  ])('parseConfig normalizes PUBLIC_URL=%s to %s', (PUBLIC_URL, expected) => {
    expect(parseConfig({ PUBLIC_URL }).publicUrl).toBe(expected);
  });

  it('parseConfig treats an empty variable as unset', () => {
    const empty = Object.fromEntries(Object.keys(EVERY_VARIABLE).map((name) => [name, '']));
    expect(parseConfig(empty)).toEqual(DEFAULTS);
  });

  it('parseConfig ignores unknown variables, and does not modify the environment', () => {
    const env = Object.freeze({ PATH: '/usr/bin', npm_config_cache: 'x', HOME: undefined });
    expect(parseConfig(env)).toEqual(DEFAULTS);
  });

  it.each([
    ['on without variables', {}, true],
    ['on with SANDBOX=auto', { SANDBOX: 'auto' }, true],
    ['on with another port', { PORT: '80' }, true],
    ["off with Astria's key", { ASTRIA_API_KEY: 'k' }, false],
    ["off with Portkey's key", { PORTKEY_API_KEY: 'k' }, false],
    ["off with Astria's URL", { ASTRIA_BASE_URL: 'http://a' }, false],
    ["off with Portkey's URL", { PORTKEY_BASE_URL: 'http://a' }, false],
    ['on with an empty key', { ASTRIA_API_KEY: '' }, true],
    ['off with SANDBOX=auto and a key', { SANDBOX: 'auto', ASTRIA_API_KEY: 'k' }, false],
    ['on with SANDBOX=true and a key', { SANDBOX: 'true', ASTRIA_API_KEY: 'k' }, true],
    ['off with SANDBOX=false', { SANDBOX: 'false' }, false],
  ])('parseConfig turns the sandbox %s', (_case, env, expected) => {
    expect(parseConfig(env).sandbox).toBe(expected);
  });

  it.each([
    ['PORT', '65536', 'must be at most 65535'],
    ['PORT', '-1', 'must be a whole number from 0 to 65535'],
    ['PORT', '80.5', 'must be a whole number from 0 to 65535'],
    ['PORT', 'http', 'must be a whole number from 0 to 65535'],
    ['ASTRIA_BASE_URL', 'api.astria.ai', 'must be an http or https URL'],
    ['ASTRIA_BASE_URL', 'ftp://api.astria.ai', 'must be an http or https URL'],
    ['PORTKEY_BASE_URL', 'https://user:pass@host', 'must not contain a user name, query or fragment'],
    ['PORTKEY_BASE_URL', 'https://host/v1?x=1', 'must not contain a user name, query or fragment'],
    ['PORTKEY_BASE_URL', 'https://host/v1#x', 'must not contain a user name, query or fragment'],
    ['ASTRIA_API_KEY', 'two words', 'must be 1 to 512 visible ASCII characters'],
    ['PORTKEY_API_KEY', 'line\nbreak', 'must be 1 to 512 visible ASCII characters'],
    ['PORTKEY_API_KEY', 'x'.repeat(513), 'must be 1 to 512 visible ASCII characters'],
    ['SANDBOX', 'yes', 'must be true, false or auto'],
    ['UPSTREAM_TIMEOUT_MS', '99', 'must be at least 100'],
    ['UPSTREAM_TIMEOUT_MS', '600001', 'must be at most 600000'],
    ['MAX_UPLOAD_BYTES', '0', 'must be at least 1'],
    ['ASTRIA_IDEMPOTENCY', 'on', 'must be true or false'],
    ['PUBLIC_URL', 'gateway.example.com', 'must be an http or https URL'],
    ['PUBLIC_URL', 'https://gateway.example.com/?a=b', 'must not contain a user name, query or fragment'],
    ['ALLOW_PRIVATE_CALLBACKS', '1', 'must be true or false'],
    ['INTROSPECTION', 'on', 'must be true, false or auto'],
    ['PLAYGROUND', 'true', 'must be on or off'],
    ['MAX_BODY_BYTES', '10', 'must be at least 1024'],
    ['MAX_QUERY_DEPTH', '0', 'must be at least 1'],
    ['MAX_QUERY_COST', 'none', 'must be a whole number from 1 to 1000000000'],
    ['RATE_LIMIT_PER_ADDRESS', '-1', 'must be a whole number from 0 to 100000000'],
    ['REDIS_URL', 'http://redis:6379', 'must be a redis:// or rediss:// URL'],
    ['MAX_CONNECTIONS', '0', 'must be at least 1'],
    ['LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, fatal, silent'],
  ])('parseConfig rejects %s=%s', (name, value, message) => {
    expect(errorsOf({ [name]: value })).toEqual([`${name} ${message}.`]);
  });

  it.each([
    [
      'CORS_ORIGINS',
      'https://a.example.com,*',
      'must be a comma-separated list of origins without a path, such as https://app.example.com',
    ],
    [
      'CORS_ORIGINS',
      'https://a.example.com/path',
      'must be a comma-separated list of origins without a path, such as https://app.example.com',
    ],
    [
      'CORS_ORIGINS',
      'null',
      'must be a comma-separated list of origins without a path, such as https://app.example.com',
    ],
    [
      'TRUSTED_PROXIES',
      'proxy.example.com',
      'must be a comma-separated list of IP addresses or networks, such as 10.0.0.0/8',
    ],
    [
      'TRUSTED_PROXIES',
      '10.0.0.0/33',
      'must be a comma-separated list of IP addresses or networks, such as 10.0.0.0/8',
    ],
  ])('parseConfig rejects %s=%s', (name, value, message) => {
    expect(errorsOf({ [name]: value })).toEqual([`${name} ${message}.`]);
  });

  it('parseConfig requires https or a loopback host in AUTH_JWKS_URL', () => {
    const errors = (AUTH_JWKS_URL: string) =>
      errorsOf({ AUTH_JWKS_URL, AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' });
    expect(errors('http://issuer.example.com/jwks')).toEqual([
      'AUTH_JWKS_URL must be an https URL, or an http URL of this machine.',
    ]);
    expect(errors('http://127.0.0.1:9000/jwks')).toEqual([]);
    expect(errors('https://issuer.example.com/jwks')).toEqual([]);
  });

  it('parseConfig requires AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE together', () => {
    const named = (env: Record<string, string>) => errorsOf(env).map((error) => error.split(' ')[0]);
    expect(named({ AUTH_JWKS_URL: 'https://i/jwks' })).toEqual(['AUTH_ISSUER', 'AUTH_AUDIENCE']);
    expect(named({ AUTH_ISSUER: 'i' })).toEqual(['AUTH_JWKS_URL']);
    expect(named({ AUTH_ISSUER: 'i', PORT: 'x' })).toEqual(['PORT', 'AUTH_JWKS_URL']);
  });

  it('parseConfig rejects an unknown TRUSTED_DOCUMENTS_MODE, and a mode without TRUSTED_DOCUMENTS', () => {
    expect(errorsOf({ TRUSTED_DOCUMENTS: 'x', TRUSTED_DOCUMENTS_MODE: 'always' })).toEqual([
      'TRUSTED_DOCUMENTS_MODE must be only or prefer.',
    ]);
    expect(errorsOf({ TRUSTED_DOCUMENTS_MODE: 'only' })).toEqual([
      'TRUSTED_DOCUMENTS must be set if TRUSTED_DOCUMENTS_MODE is set.',
    ]);
  });

  it.each([
    ['none on loopback', {}, null],
    ['6000 on loopback with tokens', { AUTH_TOKENS_FILE: 'x' }, 6_000],
    ['6000 on 0.0.0.0', { HOST: '0.0.0.0' }, 6_000],
    ['6000 on loopback with a remote PUBLIC_URL', { PUBLIC_URL: 'https://gateway.example.com' }, 6_000],
    ['none on loopback with a loopback PUBLIC_URL', { PUBLIC_URL: 'http://127.0.0.1:4000' }, null],
    ['none on 0.0.0.0 with RATE_LIMIT_PER_ADDRESS=0', { HOST: '0.0.0.0', RATE_LIMIT_PER_ADDRESS: '0' }, null],
    ['5 on loopback with RATE_LIMIT_PER_ADDRESS=5', { RATE_LIMIT_PER_ADDRESS: '5' }, 5],
  ])('parseConfig sets the rate limit per IP address to %s', (_case, env, expected) => {
    expect(parseConfig(env).rateLimits.perAddress).toBe(expected);
  });

  it.each([
    ['on with the sandbox', {}, true],
    ['off with real upstreams', { SANDBOX: 'false' }, false],
    ['on with real upstreams and INTROSPECTION=true', { SANDBOX: 'false', INTROSPECTION: 'true' }, true],
    ['off with the sandbox and INTROSPECTION=false', { INTROSPECTION: 'false' }, false],
  ])('parseConfig turns introspection %s', (_case, env, expected) => {
    expect(parseConfig(env).introspection).toBe(expected);
  });

  it.each([
    ['show the schema with the sandbox', {}, true],
    ['show the schema with real upstreams', { SANDBOX: 'false' }, true],
    ['show the schema with INTROSPECTION=true', { INTROSPECTION: 'true' }, true],
    ['hide the schema with INTROSPECTION=false', { INTROSPECTION: 'false' }, false],
  ])('parseConfig makes the playground %s', (_case, env, showsSchema) => {
    expect(parseConfig(env).playground).toEqual({ showsSchema });
  });

  it('parseConfig reports every error together', () => {
    const env = { PORT: 'x', ASTRIA_BASE_URL: 'x', SANDBOX: 'x', LOG_LEVEL: 'x', UPSTREAM_TIMEOUT_MS: 'x' };
    const named = errorsOf(env).map((error) => error.split(' ')[0]);
    expect(named.sort()).toEqual(Object.keys(env).sort());
    expect(() => parseConfig(env)).toThrow(/PORT .*\n.*ASTRIA_BASE_URL /);
  });

  it('parseConfig hides the values of keys and URLs in its errors', () => {
    const env = {
      ASTRIA_API_KEY: 'sd_secret one',
      PORTKEY_API_KEY: 'pk_secret two',
      ASTRIA_BASE_URL: 'https://me:hidden@host',
    };
    const message = new ConfigError(errorsOf(env)).message;
    expect(message).toContain('ASTRIA_API_KEY');
    expect(message).not.toMatch(/secret|hidden/);
  });
});
