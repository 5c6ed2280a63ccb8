import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';
import { BareSocket, open, SSE } from '../support/streams.js';
import { bearer, codesOf, type Token, TokensOnDisk } from './tokens-on-disk.js';

const LIMIT = 5;
const QUERY = '{ __typename }';
const token = (name: string): Token => ({ name, secret: `pg_${name}`, scopes: ['read'] });
const [ann, bob, eve] = [token('ann'), token('bob'), token('eve')];

const file = new TokensOnDisk();
beforeAll(() => file.write(ann, bob, eve));
const gateway = describeGateway({
  env: {
    AUTH_TOKENS_FILE: file.file,
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_PER_PRINCIPAL: String(LIMIT),
    RATE_LIMIT_PER_ADDRESS: '7',
  },
});
afterAll(() => file.remove());

let addresses = 0;
/** Returns the header of a client whose IP address has sent nothing yet. */
function fromNewAddress(): Record<string, string> {
  addresses += 1;
  return { 'x-forwarded-for': `198.51.100.${addresses}` };
}

it('a token has one rate limit for all IP addresses, over HTTP and WebSocket', async () => {
  for (let left = LIMIT - 1; left >= 1; left -= 1) {
    const { status, headers } = await gateway.graphql(QUERY, {}, { ...fromNewAddress(), ...bearer(ann) });
    expect([status, headers.get('ratelimit-remaining')]).toEqual([200, String(left)]);
    expect(headers.get('ratelimit-limit')).toBe(String(LIMIT));
  }
  const client = await new BareSocket(gateway.url, fromNewAddress()).init(bearer(ann));
  client.subscribe('last', QUERY);
  client.subscribe('over', QUERY);
  expect(at((await client.finished('last'))[0], 'payload.data')).toEqual({ __typename: 'Query' });
  expect(at((await client.finished('over'))[0], 'payload.0.extensions')).toEqual({
    code: 'RATE_LIMITED',
    retryAfter: expect.any(Number),
  });
  client.socket.close();
  const refused = await gateway.graphql(QUERY, {}, { ...fromNewAddress(), ...bearer(ann) });
  expect([refused.status, codesOf(refused)]).toEqual([429, ['RATE_LIMITED']]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const stream = await open(gateway.url, { query: QUERY }, { ...SSE, ...fromNewAddress(), ...bearer(ann) });
  expect([stream.status, stream.headers['retry-after']]).toEqual([429, expect.any(String)]);
  expect((await gateway.graphql(QUERY, {}, { ...fromNewAddress(), ...bearer(bob) })).status).toBe(200);
});

it('the upstream key of a client has one rate limit for all IP addresses', async () => {
  const keys = { 'x-astria-api-key': 'sd_sandbox_other' };
  const statuses: number[] = [];
  for (let n = 0; n <= LIMIT; n += 1)
    statuses.push((await gateway.graphql(QUERY, {}, { ...fromNewAddress(), ...keys })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
});

it('requests with unknown tokens count against the rate limit of their IP address', async () => {
  const address = fromNewAddress();
  const statuses: number[] = [];
  for (let n = 0; n < 8; n += 1)
    statuses.push((await gateway.graphql(QUERY, {}, { ...address, ...bearer(`pg_guess_${n}`) })).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 401, 429]);
  expect((await gateway.graphql(QUERY, {}, { ...address, ...bearer(eve) })).status).toBe(429);
  expect((await gateway.graphql(QUERY, {}, { ...fromNewAddress(), ...bearer(eve) })).status).toBe(200);
});
