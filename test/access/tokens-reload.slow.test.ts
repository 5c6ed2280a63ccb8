import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { FOLLOW, open, SSE, sseEvents } from '../support/streams.js';
import { bearer, codesOf, type Token, TokensOnDisk } from './tokens-on-disk.js';

const READER: Token = { name: 'reader', secret: 'pg_reader', scopes: ['read'] };
const CREATOR: Token = { name: 'creator', secret: 'pg_creator', scopes: ['create'] };
const QUERY = '{ tunes(first: 1) { nodes { id } } }';

const file = new TokensOnDisk();
beforeAll(() => file.write(READER, CREATOR));
const gateway = describeGateway({ env: { AUTH_TOKENS_FILE: file.file } });
afterAll(() => file.remove());

const ask = (query: string, token: Token) => gateway.graphql(query, {}, bearer(token));

it('a tokens file is read again when it has changed, and a stream ends when its token is removed', async () => {
  const guest: Token = { name: 'guest', secret: 'pg_guest', scopes: ['read'] };
  expect((await ask(QUERY, guest)).status).toBe(401);
  await file.write(READER, CREATOR, guest);
  await until(
    async () => (await ask(QUERY, guest)).status,
    (status) => status === 200,
  );
  const running = gateway.sandbox.astria.addPrompt({ images: null, callback: null });
  const body = { query: FOLLOW, variables: { id: String(running.id) } };
  const stream = await open(gateway.url, body, { ...SSE, ...bearer(guest) });
  const kept = await open(gateway.url, body, { ...SSE, ...bearer(READER) });
  const events = ({ text }: { text: () => string }) => sseEvents(text()).length;
  await until(
    () => [events(stream), events(kept)],
    ([one, two]) => one === 1 && two === 1,
  );
  await file.write(READER, CREATOR);
  await until(
    async () => (await ask(QUERY, guest)).status,
    (status) => status === 401,
  );
  expect((await ask(QUERY, READER)).status).toBe(200);
  // Nothing happens in it, and it ends all the same.
  const codes = (text: string) => sseEvents(text).map(({ data }) => codesOf({ errors: Object(data).errors }));
  expect(codes(await stream.whole())).toEqual([[], ['UNAUTHENTICATED'], []]);
  gateway.sandbox.astria.settle(running.id);
  expect(codes(await kept.whole())).toEqual([[], [], []]);
});

it('an invalid or missing tokens file keeps the previous tokens valid, and is logged once', async () => {
  const complaints = () =>
    gateway.logLines.filter((line) => line.includes('The previous tokens remain valid')).length;
  for (const [count, text] of ['[{ "name"', '[{"name":"a","sha256":"b","scopes":["all"]}]'].entries()) {
    await file.writeText(text);
    await until(
      async () => {
        expect((await ask(QUERY, READER)).status).toBe(200);
        return complaints();
      },
      (made) => made === count + 1,
    );
  }
  await file.remove();
  await until(
    async () => {
      expect((await ask(QUERY, READER)).status).toBe(200);
      return complaints();
    },
    (made) => made === 3,
  );
  await file.write(CREATOR);
  await until(
    async () => (await ask(QUERY, READER)).status,
    (status) => status === 401,
  );
});
