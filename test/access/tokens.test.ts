import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CancelReplicationDocument } from '../__generated__/operations.js';
import { library } from '../replication/replicating.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, toAnswer } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import {
  BareSocket,
  FOLLOW,
  JSON_TYPE,
  MULTIPART,
  multipartPayloads,
  open,
  SSE,
  sseEvents,
} from '../support/streams.js';
import { png } from '../support/upload-pictures.js';
import { bearer, codesOf, type Token, TokensOnDisk } from './doors.js';

const READER: Token = { name: 'reader', secret: 'pg_reader', scopes: ['read'] };
const CREATOR: Token = { name: 'creator', secret: 'pg_creator', scopes: ['create'] };
const MOVER: Token = { name: 'mover', secret: 'pg_mover', scopes: ['replicate'] };
const ALL: Token = { name: 'all', secret: 'pg_all', scopes: ['read', 'create', 'replicate'] };
const NOTHING: Token = { name: 'nothing', secret: 'pg_nothing', scopes: [] };
const TOKENS = [READER, CREATOR, MOVER, ALL, NOTHING];

const TUNE = '2690418';
const OWN_KEYS = { 'x-astria-api-key': 'sd_sandbox_other' };
const QUERY = '{ tunes(first: 1) { nodes { id } } }';
const CREATE = `mutation ($input: CreatePromptInput!, $key: String) {
  createPrompt(tuneId: "${TUNE}", input: $input, idempotencyKey: $key) {
    prompt { id tune { id } } userErrors { code }
  }
}`;
const DRY_RUN =
  'mutation { replicatePrompts(targetModel: "gpt-5", dryRun: true) { replication { id } userErrors { code } } }';
const REPLICATIONS = '{ replications(first: 50) { nodes { id } } }';

const file = new TokensOnDisk();
beforeAll(() => file.write(...TOKENS));
const gateway = describeGateway({ env: { AUTH_TOKENS_FILE: file.file } });
beforeAll(() => {
  // Each plan reads all of them.
  for (const { id } of library(gateway.sandbox).slice(3)) gateway.sandbox.portkey.prompts.delete(id);
});
afterAll(() => file.remove());

const ask = (query: string, token: Token | null, variables: Record<string, unknown> = {}) =>
  gateway.graphql(query, variables, token ? bearer(token) : {});

describe('a caller', () => {
  it('with a token has the keys of the gateway', async () => {
    const { status, data } = await ask(QUERY, READER);
    expect([status, at(data, 'tunes.nodes.length')]).toEqual([200, 1]);
  });

  it.each([
    ['nothing', {}],
    ['another token', bearer('pg_other')],
    ['the hash of a token', bearer('a'.repeat(64))],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a token twice', { authorization: `Bearer ${ALL.secret}, Bearer ${ALL.secret}` }],
    ['a token that is far too long', bearer('x'.repeat(9_000))],
    ['another scheme', { authorization: 'Basic cGdfYWxsOg==' }],
    ['a wrong token and keys', { ...bearer('pg_other'), ...OWN_KEYS }],
  ])('with %s is refused before anything is done', async (_what, headers: Record<string, string>) => {
    const answer = await gateway.graphql(QUERY, {}, headers);
    expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="promptgate"');
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('with keys of its own needs no token, and has those alone', async () => {
    const { status, data } = await gateway.graphql(QUERY, {}, OWN_KEYS);
    expect([status, at(data, 'tunes.nodes.length')]).toEqual([200, 1]);
    gateway.sandbox.clearRequests();
    const other = await gateway.graphql('{ portkeyPrompts(first: 1) { nodes { id } } }', {}, OWN_KEYS);
    expect(codesOf(other)).toEqual(['UNAUTHENTICATED']);
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('with a token and keys of its own works with the latter', async () => {
    const theirs = await gateway.graphql(QUERY, {}, OWN_KEYS);
    const both = await gateway.graphql(QUERY, {}, { ...OWN_KEYS, ...bearer(READER) });
    expect(both.data).toEqual(theirs.data);
    expect(codesOf(await gateway.graphql(DRY_RUN, {}, { ...OWN_KEYS, ...bearer(READER) }))).toEqual([
      'FORBIDDEN',
    ]);
  });

  it('is refused before its body is read', async () => {
    const { status } = await postForm(gateway.url, uploadForm(CREATE, {}, {}));
    expect(status).toBe(401);
    const broken = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body: '{' });
    expect((await toAnswer(broken)).status).toBe(401);
  });

  it('needs no token for what says nothing', async () => {
    for (const path of ['/livez', '/readyz']) expect((await fetch(gateway.url + path)).status).toBe(200);
  });
});

describe('a scope', () => {
  it.each([
    [QUERY, READER],
    ['{ tune(id: 1) { id } }', READER],
    ['{ prompts { nodes { id } } }', READER],
    ['{ prompt(id: 1) { id } }', READER],
    ['{ portkeyPrompts(first: 1) { nodes { id } } }', READER],
    ['{ portkeyPrompt(id: "x") { id } }', READER],
    [REPLICATIONS, READER],
    [REPLICATIONS, MOVER],
    ['{ replication(id: "x") { id } }', MOVER],
    [DRY_RUN, MOVER],
    ['mutation { cancelReplication(id: "x") { userErrors { code } } }', MOVER],
    ['mutation { resumeReplication(id: "x") { userErrors { code } } }', MOVER],
    ['mutation { undoReplication(id: "x") { userErrors { code } } }', MOVER],
    ['mutation { duplicatePrompt(id: 1) { userErrors { code } } }', CREATOR],
    [`mutation { createPrompt(tuneId: 1, input: { text: "" }) { userErrors { code } } }`, CREATOR],
  ])('is asked for by %s', async (query, owner) => {
    expect(codesOf(await ask(query, owner))).toEqual([]);
    expect(codesOf(await ask(query, ALL))).toEqual([]);
    gateway.sandbox.clearRequests();
    const others = TOKENS.filter((token) => token !== ALL && !(token.scopes.length > 0 && token === owner));
    for (const token of others) {
      const isAlternative = query.includes('{ replication') && ['reader', 'mover'].includes(token.name);
      if (isAlternative && !query.startsWith('mutation')) continue;
      const { data, errors } = await ask(query, token);
      expect([token.name, codesOf({ errors })]).toEqual([token.name, ['FORBIDDEN']]);
      expect(Object.values(Object(data))).toEqual([null]);
    }
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('names what is needed and what there is', async () => {
    const { errors } = await ask(REPLICATIONS, CREATOR);
    expect(errors?.[0]?.message).toBe(
      'replications requires the scope read or replicate. Your token only has: create.',
    );
    const none = await ask(QUERY, NOTHING);
    expect(none.errors?.[0]?.message).toBe('tunes requires the scope read. Your token has no scopes.');
  });

  it('to replicate shows which prompts are copied, and not what they hold', async () => {
    const planned = (token: Token, fields: string) =>
      ask(
        `mutation {
          replicatePrompts(targetModel: "gpt-5", dryRun: true) {
            replication { items(first: 1) { nodes { source { ${fields} } } } }
          }
        }`,
        token,
      );
    const sourceIn = ({ data }: { data: unknown }) =>
      at(data, 'replicatePrompts.replication.items.nodes.0.source');
    const names = { id: expect.any(String), name: expect.any(String) };
    const [plain, whole] = [await planned(MOVER, 'id name version'), await planned(ALL, 'id name template')];
    expect([sourceIn(plain), codesOf(plain)]).toEqual([{ ...names, version: expect.any(Number) }, []]);
    expect([sourceIn(whole), codesOf(whole)]).toEqual([{ ...names, template: expect.any(String) }, []]);
    const content = ['template', 'parameters', 'virtualKey', 'metadata'];
    const refused = await planned(MOVER, `id name ${content.join(' ')}`);
    expect(sourceIn(refused)).toEqual({
      ...names,
      ...Object.fromEntries(content.map((field) => [field, null])),
    });
    expect(codesOf(refused)).toEqual(content.map(() => 'FORBIDDEN'));
    expect(refused.errors?.[0]?.message).toBe(
      'template requires the scope read. Your token only has: replicate.',
    );
  });

  it('takes its own field with it and nothing else', async () => {
    const { data, errors } = await ask(`{ tunes(first: 1) { nodes { id } } __typename }`, CREATOR);
    expect([data, codesOf({ errors })]).toEqual([{ tunes: null, __typename: 'Query' }, ['FORBIDDEN']]);
    const created = await ask(CREATE, CREATOR, { input: { text: 'x' } });
    expect(at(created.data, 'createPrompt.prompt')).toEqual({ id: expect.any(String), tune: null });
    expect(created.errors?.map(({ path }) => path)).toEqual([['createPrompt', 'prompt', 'tune']]);
    expect(codesOf(created)).toEqual(['FORBIDDEN']);
  });

  it('holds for GET, and for uploads', async () => {
    const get = (token: Token) =>
      fetch(`${gateway.url}/graphql?query=${encodeURIComponent(QUERY)}`, {
        headers: { 'apollo-require-preflight': 'true', ...bearer(token) },
      }).then(toAnswer);
    expect(codesOf(await get(READER))).toEqual([]);
    expect(codesOf(await get(MOVER))).toEqual(['FORBIDDEN']);
    const upload = (token: Token) =>
      postForm(
        gateway.url,
        uploadForm(
          CREATE,
          { input: { text: 'x', inputImage: { upload: null } } },
          { 'variables.input.inputImage.upload': { bytes: png(100), filename: 'a.png' } },
        ),
        bearer(token),
      );
    gateway.sandbox.clearRequests();
    expect(codesOf(await upload(READER))).toEqual(['FORBIDDEN']);
    expect(gateway.sandbox.requests()).toEqual([]);
    expect(at((await upload(ALL)).data, 'createPrompt.userErrors')).toEqual([]);
  });

  it('holds for subscriptions in every transport', async () => {
    const variables = {
      id: String(gateway.sandbox.astria.addPrompt({ images: ['https://example.com/1.jpg'] }).id),
    };
    const follow = { query: FOLLOW, variables };
    for (const [token, expected] of [
      [READER, []],
      [CREATOR, ['FORBIDDEN']],
    ] as const) {
      const codes = (result: unknown) => codesOf({ errors: Object(result).errors });
      const sse = await (await open(gateway.url, follow, { ...SSE, ...bearer(token) })).whole();
      expect(codes(sseEvents(sse)[0]?.data)).toEqual(expected);
      const multipart = await (await open(gateway.url, follow, { ...MULTIPART, ...bearer(token) })).whole();
      expect(codes(multipartPayloads(multipart)[0])).toEqual(expected);
      const client = await new BareSocket(gateway.url, bearer(token)).init();
      client.subscribe('s', FOLLOW, variables);
      client.subscribe('q', QUERY);
      const [[next], [answer]] = [await client.finished('s'), await client.finished('q')];
      expect(codes(at(next, 'payload'))).toEqual(expected);
      expect(codes(at(answer, 'payload'))).toEqual(expected);
      client.socket.close();
    }
  });
});

describe('a WebSocket', () => {
  it('is closed for strangers when they have introduced themselves', async () => {
    for (const payload of [undefined, bearer('pg_other'), { Authorization: 7 }]) {
      const { code, reason } = await (await new BareSocket(gateway.url).init(payload)).end();
      expect(code).toBe(4403);
      expect(reason).not.toContain('pg_other');
    }
  });

  it('takes a token in the introduction, where browsers can put one', async () => {
    const client = await new BareSocket(gateway.url).init({ Authorization: `Bearer ${READER.secret}` });
    client.subscribe('q', QUERY);
    const [next] = await client.finished('q');
    expect(at(next, 'payload.data.tunes.nodes.length')).toBe(1);
    client.socket.close();
  });
});

describe('what one has started', () => {
  it('is seen and steered by that one alone', async () => {
    const started = await ask(DRY_RUN, MOVER);
    const id = String(at(started.data, 'replicatePrompts.replication.id'));
    const seen = async (token: Token) => JSON.stringify((await ask(REPLICATIONS, token)).data);
    expect(await seen(MOVER)).toContain(id);
    expect(await seen(ALL)).not.toContain(id);
    const { cancelReplication } = await gateway.run(CancelReplicationDocument, { id }, bearer(ALL));
    expect(cancelReplication).toMatchObject({ replication: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });

  it('is not what another asks for with the same idempotency key', async () => {
    const create = async (token: Token) =>
      at(
        (await ask(CREATE, token, { input: { text: 'once' }, key: 'order-17' })).data,
        'createPrompt.prompt.id',
      );
    const first = await create(CREATOR);
    expect(first).toEqual(expect.any(String));
    expect(await create(CREATOR)).toBe(first);
    expect(await create(ALL)).not.toBe(first);
  });
});
