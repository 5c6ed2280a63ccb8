import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, type TestGateway } from '../support/gateway.js';

const OTHER = { 'x-astria-api-key': 'sd_sandbox_other', 'x-portkey-api-key': 'pk-sandbox-other' };
const WRONG = { 'x-astria-api-key': 'sd_wrong_key', 'x-portkey-api-key': 'pk-wrong-key' };
const LISTS =
  '{ tunes(first: 500) { nodes { id } } prompts(first: 500) { nodes { id } } portkeyPrompts(first: 500) { nodes { id } } }';

/** Returns the ids of all objects of an account, by list. */
function idsOf(gateway: TestGateway, owner: string) {
  const { astria, portkey } = gateway.sandbox;
  const ids = (objects: Iterable<{ id: number | string; owner: string }>) =>
    [...objects]
      .filter((each) => each.owner === owner)
      .map(({ id }) => String(id))
      .sort();
  return {
    tunes: ids(astria.tunes.values()),
    prompts: ids(astria.prompts.values()),
    portkeyPrompts: ids(portkey.prompts.values()),
  };
}

function idsIn(data: unknown) {
  const ids = (field: string) => (at(data, `${field}.nodes`) as { id: string }[]).map(({ id }) => id).sort();
  return { tunes: ids('tunes'), prompts: ids('prompts'), portkeyPrompts: ids('portkeyPrompts') };
}

describe('gateway with upstream keys', () => {
  const gateway = describeGateway();

  it('a gateway with upstream keys uses its keys if the client sends none', async () => {
    const { data } = await gateway.graphql(LISTS);
    expect(idsIn(data)).toEqual(idsOf(gateway, 'main'));
  });

  it('a gateway with upstream keys uses each key of the client for the upstream that it belongs to', async () => {
    const { data } = await gateway.graphql(LISTS, {}, OTHER);
    expect(idsIn(data)).toEqual(idsOf(gateway, 'other'));
    const half = await gateway.graphql(LISTS, {}, { 'x-astria-api-key': OTHER['x-astria-api-key'] });
    expect(idsIn(half.data)).toEqual({
      ...idsOf(gateway, 'other'),
      portkeyPrompts: idsOf(gateway, 'main').portkeyPrompts,
    });
  });

  it('a gateway with upstream keys hides the objects of other accounts', async () => {
    const [tune, prompt, portkeyPrompt] = Object.values(idsOf(gateway, 'main')).map(([id]) => id);
    const query = `query ($tune: ID!, $prompt: ID!, $portkeyPrompt: ID!) {
      tune(id: $tune) { id } prompt(id: $prompt) { id } portkeyPrompt(id: $portkeyPrompt) { id }
    }`;
    const variables = { tune, prompt, portkeyPrompt };
    expect((await gateway.graphql(query, variables)).data).toMatchObject({
      tune: { id: tune },
      prompt: { id: prompt },
    });
    const otherAccount = await gateway.graphql(query, variables, OTHER);
    expect(otherAccount).toMatchObject({
      errors: undefined,
      data: { tune: null, prompt: null, portkeyPrompt: null },
    });
  });

  it('a gateway with upstream keys separates clients that send the same query at the same time', async () => {
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => gateway.graphql(LISTS, {}, n % 2 ? OTHER : {})),
    );
    for (const [n, { data }] of responses.entries())
      expect(idsIn(data)).toEqual(idsOf(gateway, n % 2 ? 'other' : 'main'));
  });

  it('a gateway with upstream keys reports a key that an upstream rejects, and does not fall back to its own', async () => {
    const { data, errors } = await gateway.graphql(LISTS, {}, WRONG);
    expect(data).toEqual({ tunes: null, prompts: null, portkeyPrompts: null });
    expect(errors?.map(({ path, extensions }) => [path?.[0], extensions]).sort()).toEqual([
      ['portkeyPrompts', { code: 'UPSTREAM_UNAUTHENTICATED', upstream: 'portkey' }],
      ['prompts', { code: 'UPSTREAM_UNAUTHENTICATED', upstream: 'astria' }],
      ['tunes', { code: 'UPSTREAM_UNAUTHENTICATED', upstream: 'astria' }],
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/sd_|pk-/);
    expect(gateway.logLines.join('')).not.toMatch(/sd_wrong|pk-wrong|sd_sandbox|pk-sandbox/);
  });

  it('a gateway with upstream keys fails only the fields of the upstream that rejects a key', async () => {
    const query = '{ tunes(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }';
    const { data, errors } = await gateway.graphql(query, {}, { 'x-astria-api-key': 'sd_wrong' });
    expect(at(data, 'tunes')).toBeNull();
    expect(at(data, 'portkeyPrompts.nodes')).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it.each(['x-astria-api-key', 'x-portkey-api-key'])(
    'a gateway with upstream keys rejects a malformed %s header',
    async (header) => {
      for (const value of ['', 'two words', 'tab\tin', 'x'.repeat(513), 'latin-é']) {
        const response = await gateway.graphql('{ __typename }', {}, { [header]: value });
        expect(response).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
        expect(response.errors?.[0]?.message).toContain(header);
      }
      expect(calls(gateway.sandbox)).toEqual([]);
    },
  );
});

describe('gateway without upstream keys', () => {
  const gateway = describeGateway({ env: { ASTRIA_API_KEY: '', PORTKEY_API_KEY: '' } });

  it('a gateway without upstream keys names the missing header, and calls no upstream', async () => {
    const { data, errors } = await gateway.graphql(LISTS);
    expect(data).toEqual({ tunes: null, prompts: null, portkeyPrompts: null });
    for (const error of errors ?? []) {
      const upstream = error.path?.[0] === 'portkeyPrompts' ? 'portkey' : 'astria';
      expect(error.extensions).toEqual({ code: 'UNAUTHENTICATED', upstream });
      expect(error.message).toContain(`x-${upstream}-api-key`);
    }
    expect(errors).toHaveLength(3);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it('a gateway without upstream keys serves a client that sends its keys', async () => {
    const { data, errors } = await gateway.graphql(LISTS, {}, OTHER);
    expect(errors).toBeUndefined();
    expect(idsIn(data)).toEqual(idsOf(gateway, 'other'));
  });
});
