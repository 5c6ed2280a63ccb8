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
import { bearer, codesOf, type Token, TokensOnDisk } from './tokens-on-disk.js';

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
  // Each replication plan reads the whole library, so keep it small.
  for (const { id } of library(gateway.sandbox).slice(3)) gateway.sandbox.portkey.prompts.delete(id);
});
afterAll(() => file.remove());

const ask = (query: string, token: Token | null, variables: Record<string, unknown> = {}) =>
  gateway.graphql(query, variables, token ? bearer(token) : {});

describe('client', () => {
  it('a client with a token uses the upstream keys of the gateway', async () => {
    const { status, data } = await ask(QUERY, READER);
    expect([status, at(data, 'tunes.nodes.length')]).toEqual([200, 1]);
  });

  it.each([
    ['no authorization header', {}],
    ['an unknown token', bearer('pg_other')],
    ['the hash of a token', bearer('a'.repeat(64))],
    ['an empty token', { authorization: 'Bearer ' }],
    ['the same token twice', { authorization: `Bearer ${ALL.secret}, Bearer ${ALL.secret}` }],
    ['an oversized token', bearer('x'.repeat(9_000))],
    ['the scheme Basic', { authorization: 'Basic cGdfYWxsOg==' }],
    ['an unknown token and its own upstream keys', { ...bearer('pg_other'), ...OWN_KEYS }],
  ])(
    'a client with %s is rejected before any upstream call',
    async (_case, headers: Record<string, string>) => {
      const response = await gateway.graphql(QUERY, {}, headers);
      expect([response.status, codesOf(response)]).toEqual([401, ['UNAUTHENTICATED']]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="promptgate"');
      expect(gateway.sandbox.requests()).toEqual([]);
    },
  );

  it('a client with its own upstream keys needs no token, and cannot use the keys of the gateway', async () => {
    const { status, data } = await gateway.graphql(QUERY, {}, OWN_KEYS);
    expect([status, at(data, 'tunes.nodes.length')]).toEqual([200, 1]);
    gateway.sandbox.clearRequests();
    const other = await gateway.graphql('{ portkeyPrompts(first: 1) { nodes { id } } }', {}, OWN_KEYS);
    expect(codesOf(other)).toEqual(['UNAUTHENTICATED']);
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('a client with a token and its own upstream keys uses those keys and the scopes of the token', async () => {
    const keysOnly = await gateway.graphql(QUERY, {}, OWN_KEYS);
    const both = await gateway.graphql(QUERY, {}, { ...OWN_KEYS, ...bearer(READER) });
    expect(both.data).toEqual(keysOnly.data);
    expect(codesOf(await gateway.graphql(DRY_RUN, {}, { ...OWN_KEYS, ...bearer(READER) }))).toEqual([
      'FORBIDDEN',
    ]);
  });

  it('a client without a token is rejected with 401 before its body is parsed', async () => {
    const { status } = await postForm(gateway.url, uploadForm(CREATE, {}, {}));
    expect(status).toBe(401);
    const broken = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body: '{' });
    expect((await toAnswer(broken)).status).toBe(401);
  });

  it('a client needs no token for /livez and /readyz', async () => {
    for (const path of ['/livez', '/readyz']) expect((await fetch(gateway.url + path)).status).toBe(200);
  });
});

describe('scope', () => {
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
  ])('a scope is required by %s', async (query, owner) => {
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

  it('a scope that is missing is named in the error, with the scopes of the token', async () => {
    const { errors } = await ask(REPLICATIONS, CREATOR);
    expect(errors?.[0]?.message).toBe(
      'replications requires the scope read or replicate. Your token only has: create.',
    );
    const none = await ask(QUERY, NOTHING);
    expect(none.errors?.[0]?.message).toBe('tunes requires the scope read. Your token has no scopes.');
  });

  it('a scope to replicate shows the names of source prompts, but not their content', async () => {
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

  it('a scope that is missing makes only the field null that requires it', async () => {
    const { data, errors } = await ask(`{ tunes(first: 1) { nodes { id } } __typename }`, CREATOR);
    expect([data, codesOf({ errors })]).toEqual([{ tunes: null, __typename: 'Query' }, ['FORBIDDEN']]);
    const created = await ask(CREATE, CREATOR, { input: { text: 'x' } });
    expect(at(created.data, 'createPrompt.prompt')).toEqual({ id: expect.any(String), tune: null });
    expect(created.errors?.map(({ path }) => path)).toEqual([['createPrompt', 'prompt', 'tune']]);
    expect(codesOf(created)).toEqual(['FORBIDDEN']);
  });

  it('a scope is enforced for GET requests and uploads', async () => {
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

  it('a scope is enforced for subscriptions over every transport', async () => {
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
      const [[next], [response]] = [await client.finished('s'), await client.finished('q')];
      expect(codes(at(next, 'payload'))).toEqual(expected);
      expect(codes(at(response, 'payload'))).toEqual(expected);
      client.socket.close();
    }
  });
});

describe('WebSocket', () => {
  it('a WebSocket is closed with 4403 after connection_init without a valid token', async () => {
    for (const payload of [undefined, bearer('pg_other'), { Authorization: 7 }]) {
      const { code, reason } = await (await new BareSocket(gateway.url).init(payload)).end();
      expect(code).toBe(4403);
      expect(reason).not.toContain('pg_other');
    }
  });

  it('a WebSocket accepts a token in the payload of connection_init', async () => {
    const client = await new BareSocket(gateway.url).init({ Authorization: `Bearer ${READER.secret}` });
    client.subscribe('q', QUERY);
    const [next] = await client.finished('q');
    expect(at(next, 'payload.data.tunes.nodes.length')).toBe(1);
    client.socket.close();
  });
});

describe('principal', () => {
  it('a principal can see and cancel only its own replications', async () => {
    const started = await ask(DRY_RUN, MOVER);
    const id = String(at(started.data, 'replicatePrompts.replication.id'));
    const seen = async (token: Token) => JSON.stringify((await ask(REPLICATIONS, token)).data);
    expect(await seen(MOVER)).toContain(id);
    expect(await seen(ALL)).not.toContain(id);
    const { cancelReplication } = await gateway.run(CancelReplicationDocument, { id }, bearer(ALL));
    expect(cancelReplication).toMatchObject({ replication: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });

  it('a principal does not share its idempotency keys with another principal', async () => {
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
