import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GraphQLError, Kind, parse, validate } from 'graphql';
import { type Config, ConfigError, parseConfig } from '../../src/config.js';
import { InvalidArgumentError } from '../../src/domain/user-error.js';
import { type CursorKind, decodeCursor, encodeCursor } from '../../src/graphql/connections.js';
import { costOf } from '../../src/graphql/limits/cost.js';
import { readDocument, rootDirectiveError } from '../../src/graphql/limits/read-document.js';
import { createSchema } from '../../src/graphql/schema.js';
import { parseTokens, TokensFileError } from '../../src/http/access/tokens-file.js';
import { acceptedFormats } from '../../src/http/graphql/accept.js';
import { replicaName } from '../../src/services/replication/planning/plan.js';
import { redact } from '../../src/upstream/redact.js';
import { parseRetryAfter } from '../../src/upstream/retry-policy.js';
import { sampled } from '../support/sampling.js';
import { casesRun, forAll, JSON_TEXT, objectsWith, TEXT } from './cases.js';
import { documents } from './operations.js';

afterAll(() => {
  expect(casesRun()).toBeGreaterThanOrEqual(sampled(14_000));
  expect(Object.keys(Object.prototype)).toEqual([]);
});

describe('cursor', () => {
  const KINDS: readonly CursorKind[] = [
    'tune',
    'prompt',
    'portkey-prompt',
    'replication',
    'replication-item',
  ];
  const kind = fc.constantFrom(...KINDS);
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  const given = fc.oneof(
    TEXT,
    TEXT.map(encoded),
    fc.tuple(kind, TEXT).map(([of, text]) => encoded(`${of}:${text}`)),
    fc.tuple(kind, fc.nat()).map(([of, n]) => `${encodeCursor(of, n)}${n % 3 === 0 ? '=' : ''}`),
  );

  it('a cursor is accepted only in its exact encoding', () => {
    forAll(fc.tuple(kind, given), 2_000, ([of, text]) => {
      try {
        const value = decodeCursor(of, text);
        expect(encodeCursor(of, String(value))).toBe(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidArgumentError);
      }
    });
  });

  it('a cursor yields its value only to its own list', () => {
    forAll(fc.tuple(kind, kind, fc.integer({ min: 1, max: 999_999_999 }), fc.uuid()), 1_000, (drawn) => {
      const [of, other, n, id] = drawn;
      const value = of === 'replication' ? id : String(n);
      const cursor = encodeCursor(of, value);
      expect(decodeCursor(of, cursor)).toBe(value);
      if (of !== other) expect(() => decodeCursor(other, cursor)).toThrow(InvalidArgumentError);
    });
  });
});

it('any Accept header is parsed, and a type with q=0 is not accepted', () => {
  const type = fc.constantFrom(
    'application/json',
    'text/event-stream',
    'multipart/mixed',
    '*/*',
    'text/html',
  );
  const parameter = fc.oneof(
    fc.constantFrom('q=0', 'q=1', 'q=0.5', 'q=2', 'subscriptionSpec=1.0', 'a="b,c;d"', 'a="', '='),
    TEXT,
  );
  const range = fc.tuple(type, fc.array(parameter, { maxLength: 3 })).map((parts) => parts.flat().join(';'));
  const header = fc.oneof(
    TEXT,
    fc.array(fc.oneof(range, TEXT), { maxLength: 4 }).map((all) => all.join(',')),
  );
  forAll(header, 1_500, (accept) => {
    const formats = acceptedFormats(accept);
    expect([null, 'sse', 'multipart']).toContain(formats.stream);
    if (formats.plainJson) expect(formats.single).not.toBeNull();
  });
  forAll(fc.array(type, { minLength: 1, maxLength: 4 }), 300, (types) => {
    const accept = types.map((each) => `${each};subscriptionSpec=1;q=0`).join(', ');
    expect(acceptedFormats(accept)).toEqual({ stream: null, single: null, plainJson: false });
  });
});

describe('configuration', () => {
  const NAMES = [
    'HOST PORT ASTRIA_BASE_URL PORTKEY_BASE_URL SANDBOX UPSTREAM_TIMEOUT_MS MAX_UPLOAD_BYTES DATA_DIR',
    'LOST_RESPONSE_TIMEOUT_MS ASTRIA_IDEMPOTENCY PUBLIC_URL ALLOW_PRIVATE_CALLBACKS AUTH_TOKENS_FILE AUTH_JWKS_URL',
    'AUTH_ISSUER AUTH_AUDIENCE AUTH_SCOPE_CLAIM INTROSPECTION MAX_BODY_BYTES MAX_QUERY_TOKENS MAX_QUERY_COST',
    'TRUSTED_DOCUMENTS TRUSTED_DOCUMENTS_MODE RATE_LIMIT_PER_ADDRESS RATE_LIMIT_PER_PRINCIPAL REDIS_URL',
    'CORS_ORIGINS TRUSTED_PROXIES MAX_CONNECTIONS LOG_LEVEL __proto__ constructor',
  ].flatMap((line) => line.split(' '));
  const value = fc.oneof(
    TEXT,
    fc.constantFrom('true', 'false', 'auto', 'prefer', 'http://[::1', 'https://x', 'redis://', 'http://a@b'),
    fc.webUrl(),
    fc.nat().map(String),
    fc.ipV6(),
    fc.tuple(fc.ipV4(), fc.nat(40)).map(([address, bits]) => `${address}/${bits}`),
  );
  const environment = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 6 });

  function read(env: Record<string, string>): Config | ConfigError {
    try {
      return parseConfig(env);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
  }

  it('the configuration is parsed, or rejected with messages about its errors', () => {
    forAll(environment, 1_500, (entries) => {
      const found = read(Object.fromEntries(entries));
      if (found instanceof ConfigError) {
        expect(found.problems.length).toBeGreaterThan(0);
        for (const message of found.problems)
          expect(message).toMatch(/^[A-Z]+_?[A-Z_]*(\.\d+)? [^\n]{5,100}$/);
      } else {
        expect(found.port).toBeLessThan(65_536);
        expect(URL.canParse(found.astria.baseUrl)).toBe(true);
        expect(URL.canParse(found.portkey.baseUrl)).toBe(true);
      }
    });
  });

  it('the configuration shows no rejected key', () => {
    const key = fc.tuple(TEXT, TEXT).map(([before, after]) => `${before}s3cr3t ${after}`);
    forAll(fc.tuple(key, key, environment), 700, ([astria, portkey, entries]) => {
      const found = read({
        ...Object.fromEntries(entries),
        ASTRIA_API_KEY: astria,
        PORTKEY_API_KEY: portkey,
      });
      expect(found).toBeInstanceOf(ConfigError);
      if (found instanceof ConfigError) expect(found.message).not.toContain('s3cr3t');
    });
  });
});

it('a tokens file is parsed, or rejected without showing a hash', () => {
  const hash = '0123456789abcdef'.repeat(4);
  const entry = objectsWith({
    name: fc.constantFrom('ci', 'CI', 'a b', 'x'.repeat(101)),
    sha256: fc.constantFrom(hash, hash.toUpperCase(), hash.slice(1), `${hash}0`),
    scopes: fc.constantFrom(['read'], [], ['read', 'create', 'replicate'], ['admin']),
  });
  const file = fc.oneof(
    TEXT,
    JSON_TEXT,
    fc.array(entry, { maxLength: 3 }).map((entries) => `[${entries.join()}]`),
  );
  forAll(file, 1_500, (text) => {
    try {
      for (const { name, sha256 } of parseTokens(text, 'tokens.json')) {
        expect(name).toMatch(/^[\w.@ -]{1,100}$/);
        expect(Buffer.from(sha256, 'hex')).toHaveLength(32);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(TokensFileError);
      expect(String(error).toLowerCase()).not.toContain(hash.slice(1));
    }
  });
});

describe('message of an upstream', () => {
  const key = fc
    .string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((unit) => String.fromCharCode(unit)),
      minLength: 8,
    })
    .filter((text) => !'[address][key][path][e-mail] was rejected'.includes(text));

  it('a message of an upstream never shows the key of the call, in any notation', () => {
    forAll(fc.tuple(TEXT, key, TEXT, fc.nat(3)), 2_000, ([before, secret, after, notation]) => {
      const bytes = Buffer.from(secret);
      const forms = [
        secret,
        encodeURIComponent(secret),
        bytes.toString('base64'),
        bytes.toString('base64url'),
      ];
      const shown = redact(`${before}${forms[notation]}${after}`, secret);
      for (const form of forms) expect(shown).not.toContain(form);
    });
  });

  it('a message of an upstream is short, on one line, and without a URL', () => {
    forAll(fc.tuple(TEXT, fc.webUrl(), TEXT, fc.ipV6()), 1_000, ([before, url, after, address]) => {
      const shown = redact(`${before} ${url} ${after} ${address}`);
      expect(shown.length).toBeLessThanOrEqual(300);
      expect(shown).not.toMatch(/https?:|\p{Cc}/u);
      expect(shown).not.toBe('');
    });
  });
});

it('any Retry-After header is a delay of zero or more, or ignored', () => {
  const now = Date.UTC(2026, 7, 1);
  const date = fc.date({ noInvalidDate: true }).map((given) => given.toUTCString());
  const header = fc.oneof(TEXT, fc.nat().map(String), date, fc.double().map(String));
  forAll(header, 1_500, (value) => {
    const wait = parseRetryAfter(value, undefined, now);
    if (wait === null) return;
    expect(Number.isFinite(wait)).toBe(true);
    expect(wait).toBeGreaterThanOrEqual(0);
  });
  forAll(fc.nat(1_000_000), 200, (seconds) =>
    expect(parseRetryAfter(`${seconds}`, undefined, now)).toBe(seconds * 1000),
  );
});

describe('size of a document', () => {
  const LIMITS = { tokens: 2_000, depth: 12, aliases: 30, rootFields: 20, cost: 20_000 };
  const schema = createSchema();

  it('the size of a document is within the limits, or the error names one of them', () => {
    forAll(documents(schema), 1_000, ({ query }) => {
      const found = readDocument(query, LIMITS);
      if (found instanceof GraphQLError) {
        const isSyntax = found.extensions.code === 'GRAPHQL_PARSE_FAILED';
        if (isSyntax) expect(() => parse(query)).toThrow(found.message);
        else if (found.message.includes('must select one field'))
          expect(rootDirectiveError(parse(query))).not.toBeNull();
        else expect(found.message).toMatch(/limit is|too deep/);
        if (!isSyntax) expect(found.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      }
    });
  });

  it('the size of a document has a finite cost with any variables', () => {
    let costed = 0;
    forAll(fc.tuple(documents(schema), JSON_TEXT), 800, ([{ query }, text]) => {
      const document = readDocument(query, LIMITS);
      if (document instanceof GraphQLError) return;
      if (validate(schema, document).length > 0) return;
      costed += 1;
      const variables: Record<string, unknown> = { a: JSON.parse(text), b: JSON.parse(text) };
      for (const operation of document.definitions) {
        if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
        const cost = costOf({ schema, document, operation, variables });
        expect(Number.isSafeInteger(Math.ceil(cost))).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(0);
      }
    });
    expect(costed).toBeGreaterThan(sampled(10));
  });
});

it('a name template replaces only its known placeholders', () => {
  const source = { id: 'i', slug: 's', name: 'n', model: null, collectionId: null };
  expect(replicaName('{name}{slug}{model}{collection}', source, 'm', 'c')).toBe('nsmc');
  expect(replicaName('{constructor}{__proto__}{toString}', source, 'm', '')).toBe(
    '{constructor}{__proto__}{toString}',
  );
});
