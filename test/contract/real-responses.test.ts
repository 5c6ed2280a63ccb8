import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';
import { type RawRequest, type RawUpstream, reply, startRawUpstream } from '../support/raw-upstream.js';
import { exampleBody, readExamples } from './examples.js';

const TUNE_FIELDS = `id title className token status branch modelType steps args faceCrop trainingFaceCorrect isApi
  origImages checkpointUrls url eta startedTrainingAt trainedAt expiresAt createdAt updatedAt`;
const PROMPT_FIELDS = `id status images error url costMillicents createdAt updatedAt startedTrainingAt trainedAt text
  negativePrompt callback numImages seed cfgScale steps aspectRatio resolution tune { id title }`;
const LIBRARY_FIELDS = `id slug name model collectionId status createdAt updatedAt template variables partials
  parameters virtualKey functions tools toolChoice metadata isRawTemplate version versionId versionDescription
  versionStatus`;

type Entity = Readonly<Record<string, unknown>>;

/** Returns the bodies of all successful examples of an endpoint. */
const successes = (endpoint: string): Entity[] =>
  readExamples().flatMap((example) =>
    'endpoint' in example && example.endpoint === endpoint && example.status < 300
      ? [Object(example.body)]
      : [],
  );
const failures = (upstream: 'astria' | 'portkey', endpoint: string) =>
  readExamples().flatMap((example) =>
    'endpoint' in example &&
    example.upstream === upstream &&
    example.endpoint === endpoint &&
    example.status >= 400
      ? [example]
      : [],
  );
const isPortkey = ({ id }: Entity) => typeof id === 'string';
const library = successes('GET /prompts/:id').filter(isPortkey);
const ADAPTIVE = '30500';
const everyImagePrompt = successes('GET /prompts/:id').filter((body) => !isPortkey(body));
const imagePrompts = everyImagePrompt.filter(({ id }) => String(id) !== ADAPTIVE);
const tunes = successes('GET /tunes/:id');

const FIXED: Readonly<Record<string, [status: number, body: unknown]>> = {
  'GET /portkey/prompts': [200, exampleBody('GET /prompts', 'every prompt of a workspace')],
  'GET /astria/tunes': [200, exampleBody('GET /tunes', 'own tunes')],
  'GET /astria/prompts': [200, exampleBody('GET /prompts', 'own prompts')],
  'GET /astria/tunes/2104/prompts': [200, exampleBody('GET /tunes/:id/prompts', 'prompts of a tune')],
  'GET /astria/tunes/1504944': [200, { ...Object(tunes[0]), id: 1504944, title: 'Flux1.dev' }],
  'POST /astria/prompts/30504/duplicate': [201, exampleBody('POST /prompts/:id/duplicate', 'a duplicate')],
};

/** Response that a test sets instead of the fixed one. */
let override: { readonly request: string; readonly status: number; readonly body: unknown } | null = null;

function respond({ method, target }: RawRequest, response: ServerResponse): void {
  const path = target.split('?')[0] ?? '';
  const request = `${method} ${path}`;
  if (override?.request === request) {
    reply(response, override.status, justCreated(method, override.body));
    return;
  }
  const [status, body] = FIXED[request] ?? (method === 'GET' ? findEntity(path) : [405, {}]);
  reply(response, status, justCreated(method, body));
}

/** Sets the creation time of a created prompt to now, so that it does not look like an older one. */
function justCreated(method: string, body: unknown): unknown {
  if (method !== 'POST') return body;
  if (Array.isArray(body)) return body.map((each) => justCreated(method, each));
  const isPrompt = typeof body === 'object' && body !== null && 'created_at' in body;
  return isPrompt ? { ...body, created_at: new Date().toISOString() } : body;
}

function findEntity(path: string): [status: number, body: unknown] {
  const [, upstream, kind, name = ''] = path.split('/');
  const id = name.replace(/\.json$/, '');
  const candidates = upstream === 'portkey' ? library : kind === 'tunes' ? tunes : everyImagePrompt;
  const found = candidates.find((entity) => String(entity.id) === id || entity.slug === id);
  if (found) return [200, found];
  return upstream === 'portkey'
    ? [404, exampleBody('GET /prompts/:id', 'success and data')]
    : [404, { error: 'Not found' }];
}

let upstream: RawUpstream;
beforeAll(async () => {
  upstream = await startRawUpstream(respond);
});
const gateway = describeGateway(() => ({
  env: { ASTRIA_BASE_URL: `${upstream.url}/astria`, PORTKEY_BASE_URL: `${upstream.url}/portkey` },
}));
afterAll(() => upstream.close());

async function ask(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const { data, errors } = await gateway.graphql(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

async function askWithOverride(
  request: string,
  status: number,
  body: unknown,
  query: string,
): Promise<unknown> {
  override = { request, status, body };
  try {
    return await ask(query);
  } finally {
    override = null;
  }
}

describe('gateway reads without an error', () => {
  it('the real list of the library with every field of every prompt', async () => {
    const data = await ask(`{ portkeyPrompts(first: 50) { totalCount nodes { ${LIBRARY_FIELDS} } } }`);
    expect(at(data, 'portkeyPrompts.totalCount')).toBe(library.length);
    expect(at(data, 'portkeyPrompts.nodes')).toMatchObject(
      library.map(({ id, name, model }) => ({ id, name, model, template: expect.any(String), version: 3 })),
    );
  });

  it.each(library.map((prompt) => [String(prompt.name), prompt] as const))(
    'the real library prompt "%s"',
    async (_name, prompt) => {
      const query = `query ($id: ID!) { portkeyPrompt(id: $id) { ${LIBRARY_FIELDS} } }`;
      const data = await ask(query, { id: prompt.id });
      expect(at(data, 'portkeyPrompt')).toMatchObject({ id: prompt.id, versionStatus: 'active' });
      expect(await ask(query, { id: prompt.slug })).toEqual(data);
    },
  );

  it('a gateway reads without an error real trained and untrained tunes', async () => {
    const data = await ask(`{ tunes(first: 20) { nodes { ${TUNE_FIELDS} baseTune { id title } } } }`);
    expect(at(data, 'tunes.nodes')).toMatchObject(
      ['TRAINED', 'QUEUED', 'TRAINING', 'TRAINED', 'TRAINED'].map((status, index) => ({
        id: String(tunes[index]?.id),
        status,
      })),
    );
  });

  it.each(tunes.map(({ id }) => [String(id)]))('the real tune %s', async (id) => {
    const data = await ask(`query ($id: ID!) { tune(id: $id) { ${TUNE_FIELDS} } }`, { id });
    expect(at(data, 'tune.id')).toBe(id);
  });

  it('a gateway reads without an error real image prompts: running, settled, failed, and a video', async () => {
    const data = await ask(`{ prompts(first: 20) { nodes { ${PROMPT_FIELDS} } } }`);
    expect(at(data, 'prompts.nodes')).toMatchObject(
      ['RUNNING', 'SUCCEEDED', 'FAILED', 'SUCCEEDED', 'SUCCEEDED'].map((status, index) => ({
        id: String(imagePrompts[index]?.id),
        status,
      })),
    );
  });

  const readPrompt = async (id: string) => {
    const data = await ask(`query ($id: ID!) { prompt(id: $id) { ${PROMPT_FIELDS} } }`, { id });
    expect(at(data, 'prompt.id')).toBe(id);
  };
  it.each(imagePrompts.map(({ id }) => [String(id)]))('the real image prompt %s', readPrompt);

  it('a real image prompt with an adaptive aspect ratio', () => readPrompt(ADAPTIVE));

  it('the real image prompts of a tune', async () => {
    const data = await ask('{ tune(id: "2104") { prompts(first: 20) { nodes { id text } } } }');
    expect(at(data, 'tune.prompts.nodes')).toHaveLength(imagePrompts.length - 1);
  });
});

describe('a gateway accepts, in a real response to a write,', () => {
  const CREATE = `mutation { createPrompt(tuneId: "2104", input: { text: "<lora:2104:1> ohwx woman in a field" }) {
    prompt { ${PROMPT_FIELDS} } userErrors { code message } } }`;

  /** Creates a prompt with a separate id. */
  const createWith = async (name: string, id: number) => {
    const text = JSON.stringify(exampleBody('POST /tunes/:id/prompts', name));
    const body: unknown = JSON.parse(text.replaceAll('30505', String(id)));
    const data = await askWithOverride('POST /astria/tunes/2104/prompts', 201, body, CREATE);
    expect(at(data, 'createPrompt')).toMatchObject({ prompt: { id: String(id) }, userErrors: [] });
  };
  it('a created prompt', () => createWith('a created prompt', 30505));

  it('a created prompt in an array', () => createWith('a created prompt in an array', 30515));

  it('a duplicate', async () => {
    const data = await ask(
      `mutation { duplicatePrompt(id: "30504") { prompt { ${PROMPT_FIELDS} } userErrors { code message } } }`,
    );
    expect(at(data, 'duplicatePrompt')).toMatchObject({ prompt: { id: '30506' }, userErrors: [] });
  });

  it.each(failures('astria', 'POST /tunes/:id/prompts').map((example) => [example.name, example] as const))(
    'a rejection in the format "%s" as a user error',
    async (_name, { status, body }) => {
      const data = await askWithOverride('POST /astria/tunes/2104/prompts', status, body, CREATE);
      expect(at(data, 'createPrompt')).toMatchObject({
        prompt: null,
        userErrors: [{ code: 'UPSTREAM_REJECTED' }],
      });
    },
  );

  it.each(
    failures('portkey', 'GET /prompts/:id')
      .filter(({ status }) => status === 404)
      .map((example) => [example.name, example] as const),
  )('a 404 in the format "%s" as null', async (_name, { status, body }) => {
    const query = '{ portkeyPrompt(id: "pp-gone") { id template } }';
    expect(await askWithOverride('GET /portkey/prompts/pp-gone', status, body, query)).toEqual({
      portkeyPrompt: null,
    });
  });
});
