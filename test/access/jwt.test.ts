import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { createJwtVerifier } from '../../src/http/access/jwt.js';
import { createLog } from '../../src/log.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, startTestGateway, until } from '../support/gateway.js';
import { type RawUpstream, reply, startRawUpstream } from '../support/raw-upstream.js';
import { FOLLOW, open, SSE, sseEvents } from '../support/streams.js';
import { bearer, codesOf } from './tokens-on-disk.js';

const ISSUER = 'https://issuer.example.com/';
const AUDIENCE = 'promptgate';
const OPTIONS = { issuer: ISSUER, audience: AUDIENCE, scopeClaim: 'scope' };
const QUERY = '{ tunes(first: 1) { nodes { id } } }';
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let keys: Keys;
let otherKeys: Keys;
let jwks: unknown;
let issuer: RawUpstream;
let isDown = false;

const env = (jwksUrl: string, more: Record<string, string> = {}) => ({
  AUTH_JWKS_URL: jwksUrl,
  AUTH_ISSUER: ISSUER,
  AUTH_AUDIENCE: AUDIENCE,
  ...more,
});

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  otherKeys = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  jwks = { keys: [jwk] };
  issuer = await startRawUpstream((_request, response) =>
    isDown ? reply(response, 500, {}) : reply(response, 200, jwks),
  );
});
const gateway = describeGateway(() => ({ env: env(`${issuer.url}/jwks.json`) }));
afterAll(() => issuer.close());

/** Signs a token that is valid unless the claims or the key differ. */
function token(claims: Record<string, unknown> = {}, key = keys.privateKey, kid = 'one'): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'ada',
    iat: now,
    exp: now + 300,
    scope: 'openid read',
    ...claims,
  };
  const present = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
  return new SignJWT(present).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
}
const ask = (jwt: string, query = QUERY) => gateway.graphql(query, {}, bearer(jwt));

describe('JWT', () => {
  it('a JWT authenticates its subject, with the scopes that the gateway defines', async () => {
    const { status, data } = await ask(await token());
    expect([status, at(data, 'tunes.nodes.length')]).toEqual([200, 1]);
    const { errors } = await ask(
      await token(),
      '{ tunes(first: 1) { nodes { id prompts(first: 1) { nodes { id } } } } __typename }',
    );
    expect(errors).toBeUndefined();
    const mutation = 'mutation { duplicatePrompt(id: 1) { userErrors { code } } }';
    expect(codesOf(await ask(await token(), mutation))).toEqual(['FORBIDDEN']);
    expect(codesOf(await ask(await token({ scope: ['create'] }), mutation))).toEqual([]);
    expect(codesOf(await ask(await token({ scope: null })))).toEqual(['FORBIDDEN']);
    expect(codesOf(await ask(await token({ scope: { read: true } })))).toEqual(['FORBIDDEN']);
    expect(codesOf(await ask(await token({ aud: ['x', AUDIENCE] })))).toEqual([]);
  });

  it('a JWT is verified with keys that the gateway fetches once, without credentials', () => {
    expect(issuer.requests).toHaveLength(1);
    expect(JSON.stringify(issuer.requests)).not.toMatch(/authorization/i);
  });

  it.each<[string, Record<string, unknown>]>([
    ['from another issuer', { iss: 'https://other.example.com/' }],
    ['for another audience', { aud: 'somebody-else' }],
    ['without an audience', { aud: null }],
    ['without an issuer', { iss: null }],
    ['without a subject', { sub: null }],
    ['with an empty subject', { sub: '' }],
    ['with a list of subjects', { sub: ['ada'] }],
    ['with NUL in its subject', { sub: 'ada\0eve' }],
    ['with an unpaired high surrogate in its subject', { sub: 'ada\ud800' }],
    ['with an unpaired low surrogate in its subject', { sub: '\udc00ada' }],
    ['that has expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
    ['without an expiry', { exp: null }],
    ['that is not valid yet', { nbf: Math.floor(Date.now() / 1000) + 600 }],
  ])('%s is rejected with 401', async (_case, claims) => {
    const response = await ask(await token(claims));
    expect([response.status, codesOf(response)]).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('a JWT with any other characters in its subject is accepted', async () => {
    for (const sub of ['🦊', 'ada\t\u0001', 'Ωmega|猫'])
      expect((await ask(await token({ sub }))).status).toBe(200);
  });

  it('a JWT that another key signed is rejected with 401', async () => {
    expect((await ask(await token({}, otherKeys.privateKey))).status).toBe(401);
    expect((await ask(await token({}, otherKeys.privateKey, 'two'))).status).toBe(401);
  });

  it('a JWT that is modified, unsigned or signed with the public key is rejected with 401', async () => {
    const valid = await token({ scope: 'read' });
    const [head = '', , signature = ''] = valid.split('.');
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const claims = part({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'eve',
      exp: now + 300,
      scope: 'read create replicate',
    });
    expect((await ask(`${head}.${claims}.${signature}`)).status).toBe(401);
    expect((await ask(`${part({ alg: 'none' })}.${claims}.`)).status).toBe(401);
    const unsigned = `${part({ alg: 'HS256', kid: 'one' })}.${claims}`;
    const publicKey = await exportSPKI(keys.publicKey);
    const forged = createHmac('sha256', publicKey).update(unsigned).digest('base64url');
    expect((await ask(`${unsigned}.${forged}`)).status).toBe(401);
  });

  it('a JWT that expires ends its open stream, even if the stream is idle', async () => {
    // The gateway tolerates a clock difference of ten seconds.
    const jwt = await token({ exp: Math.floor(Date.now() / 1000) - 8 });
    const { id } = gateway.sandbox.astria.addPrompt({ images: null, callback: null });
    const stream = await open(
      gateway.url,
      { query: FOLLOW, variables: { id: String(id) } },
      { ...SSE, ...bearer(jwt) },
    );
    await until(
      () => sseEvents(stream.text()).length,
      (count) => count === 1,
    );
    const events = sseEvents(await stream.whole());
    expect(events.map(({ data }) => codesOf({ errors: Object(data).errors }))).toEqual([
      [],
      ['UNAUTHENTICATED'],
      [],
    ]);
  });
});

describe('issuer', () => {
  it('an issuer that fails makes requests fail with 503, not 401, until it recovers', async () => {
    isDown = true;
    const other = await startTestGateway({ env: env(`${issuer.url}/jwks.json`) });
    try {
      const response = await other.graphql(QUERY, {}, bearer(await token()));
      expect([response.status, codesOf(response)]).toEqual([503, ['UNAUTHENTICATED']]);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(other.logLines.join('')).not.toContain(issuer.url);
      isDown = false;
      expect((await other.graphql(QUERY, {}, bearer(await token()))).status).toBe(200);
    } finally {
      isDown = false;
      await other.close();
    }
  });

  it('an issuer can send the scopes in the claim that AUTH_SCOPE_CLAIM names', async () => {
    const other = await startTestGateway({
      env: env(`${issuer.url}/jwks.json`, { AUTH_SCOPE_CLAIM: 'permissions' }),
    });
    try {
      const codes = async (claims: Record<string, unknown>) =>
        codesOf(await other.graphql(QUERY, {}, bearer(await token(claims))));
      expect(await codes({ permissions: ['read'] })).toEqual([]);
      expect(await codes({ scope: 'read' })).toEqual(['FORBIDDEN']);
    } finally {
      await other.close();
    }
  });
});

describe('fetched keys', () => {
  it('fetched keys remain valid while their issuer is unreachable', async () => {
    const temporary = await startRawUpstream((_request, response) => reply(response, 200, jwks));
    const log = createLog('silent');
    const verify = createJwtVerifier({ ...OPTIONS, jwksUrl: temporary.url }, log);
    expect(await verify(await token())).toMatchObject({ id: `jwt ${ISSUER} ada` });
    await temporary.close();
    const realNow = Date.now;
    // Fetched keys are fresh for ten minutes.
    const later = 11 * 60_000;
    Date.now = () => realNow() + later;
    try {
      const exp = Math.floor(Date.now() / 1000) + 60;
      expect(await verify(await token({ exp }))).toMatchObject({ id: `jwt ${ISSUER} ada` });
      expect(await verify(await token({ exp }, otherKeys.privateKey))).toBeNull();
    } finally {
      Date.now = realNow;
    }
  });
});
