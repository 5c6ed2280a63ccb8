import { afterEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, type TestGateway } from '../support/gateway.js';

const gateway = describeGateway();
afterEach(() => gateway.sandbox.reset());

/** Replaces the next response of an upstream. */
const respondWith = (upstream: 'astria' | 'portkey', path: string, body: unknown, status = 200) =>
  gateway.sandbox.addFault({ upstream, path, kind: 'status', status, body });

/** Formats errors as `path.to.field CODE`. */
const places = (errors: Awaited<ReturnType<TestGateway['graphql']>>['errors']) =>
  (errors ?? []).map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).sort();

const PROMPTS = [
  { id: 3, tune_id: 1, text: 'three', steps: 30, face_swap: false, images: ['https://x/3.png'] },
  { id: 2, tune_id: 1, text: 'two', steps: 1.5, face_swap: 'yes', images: 'none', created_at: 'soon' },
  { id: 1, tune_id: 1, text: 'one', steps: 10, images: [] },
];

describe('invalid upstream value', () => {
  it('an invalid upstream value in a list of prompts fails only its field', async () => {
    respondWith('astria', '/prompts', PROMPTS);
    const fields = 'id text steps faceSwap status images createdAt numImages';
    const { status, data, errors } = await gateway.graphql(`{ prompts(first: 3) { nodes { ${fields} } } }`);
    expect(status).toBe(200);
    expect(places(errors)).toEqual(
      ['createdAt', 'faceSwap', 'images', 'status', 'steps'].map(
        (field) => `prompts.nodes.1.${field} UPSTREAM_BAD_RESPONSE`,
      ),
    );
    expect(errors?.find(({ path }) => path?.at(-1) === 'steps')?.message).toContain('the field steps is');
    expect(at(data, 'prompts.nodes')).toMatchObject([
      { id: '3', steps: 30, faceSwap: false, status: 'SUCCEEDED' },
      { id: '2', text: 'two', steps: null, faceSwap: null, status: null, images: null, createdAt: null },
      { id: '1', text: 'one', steps: 10, status: 'RUNNING', images: [] },
    ]);
  });

  it('an invalid upstream value has no effect if its field is not selected', async () => {
    respondWith('astria', '/prompts', PROMPTS);
    const { data, errors } = await gateway.graphql('{ prompts(first: 3) { nodes { id text } } }');
    expect(errors).toBeUndefined();
    expect(at(data, 'prompts.nodes.1')).toEqual({ id: '2', text: 'two' });
  });

  it('an invalid upstream value is logged once, with its field and without the value', async () => {
    const before = gateway.logLines.length;
    const rows = PROMPTS.map((row) => ({ ...row, steps: 'a secret' }));
    respondWith('astria', '/prompts', rows);
    await gateway.graphql('{ prompts(first: 3) { nodes { steps } } }');
    const lines = gateway.logLines.slice(before).filter((line) => line.includes('"field":"steps"'));
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 50, upstream: 'astria', endpoint: 'GET /prompts' }),
    ]);
    expect(lines.join()).not.toContain('a secret');
  });

  it('an invalid upstream value in a tune fails only its field', async () => {
    const row = {
      id: 7,
      title: 'Seven',
      base_tune_id: 'flux',
      orig_images: {},
      ckpt_urls: 1,
      trained_at: {},
    };
    respondWith('astria', '/tunes', [row]);
    const fields = 'id title status origImages checkpointUrls trainedAt baseTune { id }';
    const { data, errors } = await gateway.graphql(`{ tunes(first: 1) { nodes { ${fields} } } }`);
    expect(places(errors)).toEqual(
      ['baseTune', 'checkpointUrls', 'origImages', 'status', 'trainedAt'].map(
        (field) => `tunes.nodes.0.${field} UPSTREAM_BAD_RESPONSE`,
      ),
    );
    expect(at(data, 'tunes.nodes.0')).toMatchObject({ id: '7', title: 'Seven' });
  });

  it('an invalid upstream value in a list of Portkey prompts fails only its field', async () => {
    const data = [
      { id: 'a', name: 7, model: 'm', created_at: 'soon', status: {} },
      { id: 'b', name: 'B' },
    ];
    respondWith('portkey', '/prompts', { object: 'list', total: 2, data });
    const found = await gateway.graphql('{ portkeyPrompts { nodes { id name model status createdAt } } }');
    expect(places(found.errors)).toEqual(
      ['createdAt', 'name', 'status'].map((field) => `portkeyPrompts.nodes.0.${field} UPSTREAM_BAD_RESPONSE`),
    );
    expect(at(found.data, 'portkeyPrompts.nodes.0')).toMatchObject({ id: 'a', model: 'm', name: null });
  });

  it('an invalid upstream value in a Portkey prompt fails only its field', async () => {
    const wire = { id: 'a', name: 'A', string: 'Say', parameters: '', prompt_version: '3', tools: {} };
    respondWith('portkey', '/prompts/a', wire);
    const { data, errors } = await gateway.graphql(
      '{ portkeyPrompt(id: "a") { name template parameters version tools functions } }',
    );
    expect(places(errors)).toEqual(
      ['parameters', 'tools', 'version'].map((field) => `portkeyPrompt.${field} UPSTREAM_BAD_RESPONSE`),
    );
    expect(at(data, 'portkeyPrompt')).toMatchObject({ name: 'A', template: 'Say', functions: null });
  });

  it('an invalid upstream value that is an id or a whole row fails the list', async () => {
    for (const row of [{ ...PROMPTS[0], id: 'x' }, 'x', null]) {
      respondWith('astria', '/prompts', [...PROMPTS, row]);
      const { data, errors } = await gateway.graphql('{ prompts(first: 5) { nodes { id } } }');
      expect(places(errors)).toEqual(['prompts UPSTREAM_BAD_RESPONSE']);
      expect(at(data, 'prompts')).toBeNull();
    }
  });
});

describe('invalid value in the response to a create request', () => {
  const CREATE = `mutation { createPrompt(tuneId: "1", input: { text: "a cat" }) {
    prompt { id text steps status } userErrors { code } } }`;

  it('an invalid value in the response to a create request fails only its field, and the prompt counts as created', async () => {
    respondWith('astria', '/tunes/*/prompts', { id: 5, tune_id: 1, text: 'a cat', steps: '30' }, 201);
    const { data, errors } = await gateway.graphql(CREATE);
    expect(places(errors)).toEqual(['createPrompt.prompt.steps UPSTREAM_BAD_RESPONSE']);
    expect(at(data, 'createPrompt')).toEqual({
      prompt: { id: '5', text: 'a cat', steps: null, status: 'RUNNING' },
      userErrors: [],
    });
  });

  it('an invalid value in the response to a create request that is the id makes the outcome unknown', async () => {
    respondWith('astria', '/tunes/*/prompts', { id: null, tune_id: 1 }, 201);
    // Use another text, because a later create request with the same text could match this prompt.
    const { data } = await gateway.graphql(CREATE.replace('a cat', 'a lost cat'));
    expect(at(data, 'createPrompt')).toEqual({ prompt: null, userErrors: [{ code: 'OUTCOME_UNKNOWN' }] });
  });
});

describe('duplicate of a prompt with invalid values', () => {
  /** Id of the latest duplicate. */
  let lastId = 100;
  const DUPLICATE = `mutation ($overrides: PromptOverridesInput, $imageIndex: Int) {
    duplicatePrompt(id: "5", overrides: $overrides, imageIndex: $imageIndex) { prompt { id } userErrors { code field } } }`;

  it.each<[variables: Record<string, unknown>, invalid: Record<string, unknown>]>([
    [{ imageIndex: 3 }, { images: 'many' }],
    [{ overrides: { inpaintFaces: true } }, { super_resolution: 'no' }],
    [{ overrides: { superResolution: false } }, { inpaint_faces: 'yes', hires_fix: 1 }],
  ])(
    'a duplicate of a prompt with invalid values is left to Astria to validate: %j of %j',
    async (variables, invalid) => {
      respondWith('astria', '/prompts/5.json', { id: 5, tune_id: 1, text: 'a cat', ...invalid });
      lastId += 1;
      // The prompt in the response must be newer than the request, however slow the test is.
      const createdAt = new Date(Date.now() + 60_000).toISOString();
      respondWith('astria', '/prompts/5/duplicate', { id: lastId, tune_id: 1, created_at: createdAt }, 201);
      const { data, errors } = await gateway.graphql(DUPLICATE, variables);
      expect(errors).toBeUndefined();
      expect(at(data, 'duplicatePrompt')).toEqual({ prompt: { id: String(lastId) }, userErrors: [] });
    },
  );
});
