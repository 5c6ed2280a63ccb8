import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';

const gateway = describeGateway();

const USER_ERRORS = 'userErrors { code message field }';
const INVALID_STRINGS = ['gpt-\u0000-5', 'half \ud83d of a pair', '\udc00'];

/** Sends a mutation that must be rejected, and returns its userErrors. */
async function reject(mutation: string, variables: Record<string, unknown>) {
  const { data, errors } = await gateway.graphql(mutation, variables);
  expect(errors).toBeUndefined();
  expect(gateway.sandbox.requests()).toEqual([]);
  return at(data, 'it.userErrors');
}

describe.each(INVALID_STRINGS)('the string %j', (text) => {
  it.each<[field: string[], mutation: string, variables: Record<string, unknown>]>([
    [
      ['targetModel'],
      `($x: String!) { it: replicatePrompts(targetModel: $x) { ${USER_ERRORS} } }`,
      { x: text },
    ],
    [
      ['selection', 'ids', '1'],
      `($x: [ID!]) { it: replicatePrompts(targetModel: "m", selection: { ids: $x }) { ${USER_ERRORS} } }`,
      { x: ['good', text] },
    ],
    [
      ['options', 'nameTemplate'],
      `($x: String) { it: replicatePrompts(targetModel: "m", options: { nameTemplate: $x }) { ${USER_ERRORS} } }`,
      { x: text },
    ],
    [
      ['input', 'text'],
      `($x: CreatePromptInput!) { it: createPrompt(tuneId: 1, input: $x) { ${USER_ERRORS} } }`,
      { x: { text } },
    ],
    [
      ['input', 'extra', 'deep', '0', 'inner'],
      `($x: CreatePromptInput!) { it: createPrompt(tuneId: 1, input: $x) { ${USER_ERRORS} } }`,
      { x: { text: 'a cat', extra: { deep: [{ inner: text }] } } },
    ],
    [
      ['overrides', 'text'],
      `($x: PromptOverridesInput) { it: duplicatePrompt(id: 1, overrides: $x) { ${USER_ERRORS} } }`,
      { x: { text } },
    ],
    [
      ['idempotencyKey'],
      `($x: String) { it: createPrompt(tuneId: 1, input: { text: "a" }, idempotencyKey: $x) { ${USER_ERRORS} } }`,
      { x: text },
    ],
    [['id'], `($x: ID!) { it: cancelReplication(id: $x) { ${USER_ERRORS} } }`, { x: text }],
    [['id'], `($x: ID!) { it: resumeReplication(id: $x) { ${USER_ERRORS} } }`, { x: text }],
    [
      ['id'],
      `($x: ID!) { it: undoReplication(id: $x) { deleted { id } kept { id } ${USER_ERRORS} } }`,
      { x: text },
    ],
  ])('at %j is INVALID, and nothing is sent', async (field, mutation, variables) => {
    const message = `${field.join('.')} contains a NUL character or an unpaired surrogate. Remove it.`;
    expect(await reject(`mutation ${mutation}`, variables)).toEqual([{ code: 'INVALID', message, field }]);
  });

  it.each([
    ['a tune id', '($x: ID!) { tune(id: $x) { id } }'],
    ['a filter', '($x: ID!) { prompts(filter: { tuneId: $x }) { nodes { id } } }'],
    [
      'a search',
      '($x: ID!) { portkeyPrompts(filter: { search: $x }) { nodes { id } } }'.replace('ID!', 'String'),
    ],
    ['a cursor', '($x: String) { tunes(after: $x) { nodes { id } } }'],
  ])('in %s of a query is BAD_USER_INPUT', async (_case, query) => {
    const { errors } = await gateway.graphql(`query ${query}`, { x: text });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(gateway.sandbox.requests()).toEqual([]);
  });
});

it('all invalid strings of an input are reported together, keys of objects included', async () => {
  const mutation = `mutation ($x: CreatePromptInput!) { it: createPrompt(tuneId: 1, input: $x) { ${USER_ERRORS} } }`;
  const input = { text: 'a\u0000', negativePrompt: 'b\u0000', extra: { 'c\u0000': 1 } };
  expect(await reject(mutation, { x: input })).toMatchObject([
    { field: ['input', 'text'] },
    { field: ['input', 'negativePrompt'] },
    { field: ['input', 'extra'] },
  ]);
});

it('deeply nested JSON is rejected', async () => {
  const depth = 100_000;
  const document = JSON.stringify(
    `mutation ($x: CreatePromptInput!) { it: createPrompt(tuneId: 1, input: $x) { ${USER_ERRORS} } }`,
  );
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":${document},"variables":{"x":{"text":"a","extra":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}}}`,
  });
  // Several checks reject this depth, and any of them may come first.
  expect(await response.text()).toMatch(/INVALID|BAD_USER_INPUT|BAD_REQUEST|too deep/);
});

it('complete surrogate pairs are accepted', async () => {
  const mutation = `mutation { it: createPrompt(tuneId: 2690418, input: { text: "a 🐈" }) { prompt { text } ${USER_ERRORS} } }`;
  const { data } = await gateway.graphql(mutation);
  expect(at(data, 'it')).toMatchObject({ prompt: { text: 'a 🐈' }, userErrors: [] });
});
