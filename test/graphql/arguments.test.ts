import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls } from '../support/gateway.js';

const gateway = describeGateway();

const LISTS = ['tunes', 'prompts', 'portkeyPrompts', 'replications'];
const KINDS: Record<string, string> = {
  tunes: 'tune',
  prompts: 'prompt',
  portkeyPrompts: 'portkey-prompt',
  replications: 'replication',
};
const cursor = (text: string) => Buffer.from(text).toString('base64url');

async function list(field: string, args: { first?: number | null; after?: string | null }) {
  const query = `query ($first: Int, $after: String) { ${field}(first: $first, after: $after) { nodes { id } } }`;
  return gateway.graphql(query, args);
}

describe.each(LISTS)('%s', (field) => {
  it.each([0, -1, 501, 2 ** 31 - 1, -(2 ** 31)])('rejects first: %i', async (first) => {
    const { data, errors } = await list(field, { first });
    expect(at(data, field)).toBeNull();
    expect(errors).toMatchObject([
      { message: 'first must be 1 to 500.', path: [field], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it.each([1, 500, null])('accepts first: %s', async (first) => {
    expect((await list(field, { first })).errors).toBeUndefined();
  });

  const kind = KINDS[field] ?? '';
  it.each([
    ['that is empty', ''],
    ['that was never issued', 'not-a-cursor'],
    ['that is not base64url', '%%%'],
    ['of another list', cursor(`${LISTS.indexOf(field) === 0 ? 'prompt' : 'tune'}:12`)],
    ['of an unknown kind', cursor('user:12')],
    ['without a value', cursor(`${kind}:`)],
    ['without a number', cursor(`${kind}:x`)],
    ['with a negative number', cursor(`${kind}:-1`)],
    ['with a huge number', cursor(`${kind}:${'9'.repeat(30)}`)],
    ['with an extra part', cursor(`${kind}:1:1`)],
    ['with a line break', cursor(`${kind}:1\n`)],
    ['with padding', `${cursor(`${kind}:12`)}==`],
    ['with a trailing space', `${cursor(`${kind}:12`)} `],
    ['that is too long', 'A'.repeat(100_000)],
  ])('rejects a cursor %s', async (_case, after) => {
    const { data, errors } = await list(field, { after });
    expect(at(data, field)).toBeNull();
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('The cursor in after does not belong to this list.'),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it('accepts a null cursor', async () => {
    expect((await list(field, { after: null })).errors).toBeUndefined();
  });
});

describe('arguments', () => {
  it('arguments of nested prompts are validated, and fail only their field', async () => {
    const { data, errors } = await gateway.graphql(
      '{ tune(id: "2690418") { id a: prompts(first: 0) { nodes { id } } b: prompts(first: 1) { nodes { id } } } }',
    );
    expect(at(data, 'tune')).toMatchObject({ id: '2690418', a: null, b: { nodes: [{}] } });
    expect(errors).toMatchObject([{ path: ['tune', 'a'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each([
    '{ tunes(first: "two") { nodes { id } } }',
    '{ tunes(first: 1.5) { nodes { id } } }',
    '{ tune { id } }',
  ])('arguments that are missing or of another type fail the whole operation: %s', async (query) => {
    const { status, errors } = await gateway.graphql(query);
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});

describe('id', () => {
  const HOSTILE = [
    ...['', ' ', '.', '..', '../tunes', '..%2ftunes', '%2e%2e', 'a/b', '?x=1', '#x', '1.json', '1/../2'],
    ...['0', '00', '-1', '1e3', '1.5', '0x10', 'NaN', '9'.repeat(400), '999999999999999'],
    ...['1\r\nhost: evil', "'; DROP TABLE tunes; --", '☃', 'constructor', '__proto__'],
    // Portkey serves its partials at this path.
    'partials',
  ];
  it.each(HOSTILE)('an id that matches no object returns null: %j', async (id) => {
    const { data, errors } = await gateway.graphql(
      'query ($id: ID!) { tune(id: $id) { id } prompt(id: $id) { id } portkeyPrompt(id: $id) { id } replication(id: $id) { id } }',
      { id },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ tune: null, prompt: null, portkeyPrompt: null, replication: null });
    // The id must not reach another endpoint.
    for (const call of calls(gateway.sandbox)) expect(call).toMatch(/^GET \/(tunes|prompts)\/[^/]+$/);
  });

  it('an id can be a number', async () => {
    const { data } = await gateway.graphql('{ tune(id: 2690418) { id } }');
    expect(at(data, 'tune.id')).toBe('2690418');
  });

  it('an id of a gallery tune returns the tune, although no list contains it', async () => {
    const { data } = await gateway.graphql(
      '{ tune(id: "1504944") { title baseTune { id } prompts { nodes { id } } } tunes(first: 500) { nodes { id } } }',
    );
    expect(at(data, 'tune')).toMatchObject({ title: 'Flux1.dev', baseTune: null });
    expect(at(data, 'tunes.nodes')).not.toContainEqual({ id: '1504944' });
  });
});

describe('filter', () => {
  const long = 'x'.repeat(256);
  it.each([
    ['tunes', { title: long }, 'title must have at most 255 characters.'],
    ['tunes', { classNames: ['man', long] }, 'classNames must have at most 255 characters.'],
    [
      'tunes',
      { classNames: Array.from({ length: 51 }, () => 'man') },
      'classNames must have at most 50 items.',
    ],
    ['portkeyPrompts', { search: long }, 'search must have at most 255 characters.'],
    ['portkeyPrompts', { collectionId: long }, 'collectionId must have at most 255 characters.'],
    ['portkeyPrompts', { model: long }, 'model must have at most 255 characters.'],
  ])('a filter of %s that is too long is rejected: %o', async (field, filter, message) => {
    const type = field === 'tunes' ? 'TuneFilter' : 'PortkeyPromptFilter';
    const query = `query ($filter: ${type}) { ${field}(filter: $filter) { nodes { id } } }`;
    const { data, errors } = await gateway.graphql(query, { filter });
    expect(at(data, field)).toBeNull();
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(calls(gateway.sandbox)).toEqual([]);
  });
});
