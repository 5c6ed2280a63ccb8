import { afterEach, describe, expect, it } from '@jest/globals';
import type { FaultKind } from '../../src/sandbox/index.js';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, startTestGateway, type TestGateway } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { png } from '../support/upload-pictures.js';
import {
  CREATE,
  create,
  createFault,
  duplicate,
  duplicateFault,
  made,
  promptsWith,
  sent,
  TUNE,
} from './creating.js';

const SLOW = { settleMs: 60_000 };
// Long enough to find every existing prompt, even on a busy machine.
const gateway = describeGateway({ sandbox: SLOW, env: { LOST_RESPONSE_TIMEOUT_MS: '30000' } });
afterEach(() => gateway.sandbox.reset());

/** Runs a test with its own gateway and sandbox, so that slow tests can run concurrently. */
async function withGateway(
  test: (gateway: TestGateway) => Promise<void>,
  options: Parameters<typeof startTestGateway>[0] = {},
): Promise<void> {
  const own = await startTestGateway({ sandbox: SLOW, ...options });
  try {
    await test(own);
  } finally {
    await own.close();
  }
}

const UNKNOWN = { id: null, codes: ['OUTCOME_UNKNOWN'], errors: [] };

describe('create request whose response is lost', () => {
  const allFields = {
    text: ' a lighthouse,\r\nat night ',
    negativePrompt: '',
    numImages: 2,
    seed: 4294967296,
    cfgScale: 7.1,
    steps: 30,
    superResolution: true,
    faceCorrect: false,
    aspectRatio: 'RATIO_16_9',
    scheduler: 'DPMPP_2M_KARRAS',
    style: 'DIGITAL_ART',
    callback: 'https://example.com/done',
  };
  async function expectFound(gateway: TestGateway, kind: FaultKind): Promise<void> {
    gateway.sandbox.addFault(createFault(kind));
    const { id, codes } = await create(gateway, allFields);
    expect(codes).toEqual([]);
    expect(promptsWith(gateway, allFields.text)).toEqual([id]);
    expect(sent(gateway)).toBe(1);
  }

  it.each<FaultKind>([
    ...(['500-after', '502-after', '503-after', '504-after'] as const),
    ...(['drop-after', 'truncated-json', 'broken-json', 'wrong-shape'] as const),
  ])('a create request whose response is lost by %s yields the prompt at Astria', (kind) =>
    expectFound(gateway, kind),
  );

  it.concurrent('a create request whose response is lost by stall-headers yields the prompt at Astria', () => {
    const env = { UPSTREAM_TIMEOUT_MS: '5000', LOST_RESPONSE_TIMEOUT_MS: '30000' };
    const times = { env, config: { upstreamTimes: { writeGraceMs: 500 } } };
    return withGateway((own) => expectFound(own, 'stall-headers'), times);
  });

  it.concurrent('a create request whose response is lost is reported as OUTCOME_UNKNOWN and not sent again when it had no effect', () =>
    withGateway(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-before'));
      expect(await create(gateway, { text: 'a lost cat' })).toEqual(UNKNOWN);
      expect(sent(gateway)).toBe(1);
      expect(promptsWith(gateway, 'a lost cat')).toEqual([]);
    }));

  it.concurrent('a create request whose response is lost is searched for until it takes effect', () =>
    withGateway(async (gateway) => {
      gateway.sandbox.addFault(createFault('drop-late', { delayMs: 150 }));
      const { id } = await create(gateway, { text: 'a late cat' });
      expect(promptsWith(gateway, 'a late cat')).toEqual([id]);
    }));

  it.concurrent('a create request whose response is lost is found even if the list fails at first', () =>
    withGateway(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-after'));
      gateway.sandbox.addFault({ upstream: 'astria', kind: '503', method: 'GET', path: '/tunes/*/prompts' });
      const { id } = await create(gateway, { text: 'a cat' });
      expect(promptsWith(gateway, 'a cat')).toEqual([id]);
    }));

  it('a create request whose response is lost is found among more newer prompts than fit on a page', async () => {
    gateway.sandbox.addFault(createFault('drop-late', { delayMs: 1 }));
    const tune_id = Number(TUNE);
    const creating = create(gateway, { text: 'a needle' });
    for (let n = 0; n < 300; n += 1) gateway.sandbox.astria.addPrompt({ tune_id, text: 'hay' });
    const { id } = await creating;
    for (let n = 0; n < 300; n += 1) gateway.sandbox.astria.addPrompt({ tune_id, text: 'hay' });
    expect(promptsWith(gateway, 'a needle')).toEqual([id]);
  });

  it('a create request whose response is lost is found for a tune of the gallery', async () => {
    gateway.sandbox.addFault(createFault('504-after'));
    const variables = { tuneId: '1504944', input: { text: 'a public cat' } };
    const { createPrompt } = await gateway.run(CreatePromptDocument, variables);
    expect(promptsWith(gateway, 'a public cat')).toEqual([createPrompt?.prompt?.id]);
  });

  it.concurrent.each<[string, Record<string, unknown>]>([
    ['an older prompt', { created_at: new Date(Date.now() - 60_000).toISOString() }],
    ['a prompt with another text', { text: 'a dog' }],
    ['a prompt with another seed', { seed: 8 }],
    ['a prompt of another tune', { tune_id: 2690417 }],
    ['a prompt of another account', { owner: 'other' }],
  ])('a create request whose response is lost is not matched with %s', (_what, other) =>
    withGateway(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-before'));
      const fields = {
        tune_id: Number(TUNE),
        text: 'a cat',
        seed: 7,
        created_at: new Date(Date.now() + 1).toISOString(),
      };
      gateway.sandbox.astria.addTune({ id: 2690417 });
      gateway.sandbox.astria.addPrompt({ ...fields, ...other });
      expect(await create(gateway, { text: 'a cat', seed: 7 })).toEqual(UNKNOWN);
    }),
  );

  it.concurrent('a create request whose response is lost is not matched with the prompt of an equal request of the gateway', () =>
    withGateway(async (gateway) => {
      expect((await create(gateway, { text: 'twin' })).codes).toEqual([]);
      gateway.sandbox.addFault(createFault('504-before'));
      expect(await create(gateway, { text: 'twin' })).toEqual(UNKNOWN);
    }));

  it.concurrent('a create request whose response is lost is not matched with the prompt of a lost request that has more fields', () =>
    withGateway(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-before'));
      gateway.sandbox.addFault(createFault('504-after'));
      const [plain, seeded] = await Promise.all([
        create(gateway, { text: 'a fox' }),
        gateway.graphql('{ __typename }').then(() => create(gateway, { text: 'a fox', seed: 3 })),
      ]);
      const [there] = gateway.sandbox.requests({ method: 'POST' }).map(({ body }) => at(body, 'prompt.seed'));
      // The request that arrived first had no effect.
      expect(there === 3 ? plain.id : seeded.id).not.toBeNull();
      expect(there === 3 ? seeded : plain).toEqual(UNKNOWN);
    }));

  it.concurrent('a create request whose response is lost is not matched with the prompt of a lost request with another image', () =>
    withGateway(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-after', { times: 2 }));
      const upload = (fill: number) => {
        const form = uploadForm(
          CREATE,
          { tuneId: TUNE, input: { text: 'a face', inputImage: {} } },
          {
            'variables.input.inputImage.upload': { bytes: png(500, fill), filename: 'a.png' },
          },
        );
        return postForm(gateway.url, form).then(made);
      };
      expect(await Promise.all([upload(1), upload(2)])).toEqual([UNKNOWN, UNKNOWN]);
      gateway.sandbox.addFault(createFault('504-after'));
      expect((await create(gateway, { text: 'no face' })).codes).toEqual([]);
    }));

  it('a create request whose response is lost is found when it has a file', async () => {
    gateway.sandbox.addFault(createFault('drop-after'));
    const variables = { tuneId: TUNE, input: { text: 'a drawn face', inputImage: {} } };
    const file = { bytes: png(50_000), filename: 'a.png' };
    const form = uploadForm(CREATE, variables, { 'variables.input.inputImage.upload': file });
    const { id } = made(await postForm(gateway.url, form));
    expect(promptsWith(gateway, 'a drawn face')).toEqual([id]);
    expect(sent(gateway)).toBe(1);
  });
});

describe('duplicate whose response is lost', () => {
  const original = ({ sandbox } = gateway) =>
    sandbox.astria.addPrompt({
      tune_id: Number(TUNE),
      text: 'an owl',
      seed: 5,
      style: 'Cinematic',
      steps: 20,
    });

  it('a duplicate whose response is lost is found even if it equals its original', async () => {
    const { id } = original();
    gateway.sandbox.addFault(duplicateFault('504-after'));
    const result = await duplicate(gateway, String(id), {});
    expect(result).toEqual({ id: promptsWith(gateway, 'an owl')[1], codes: [], errors: [] });
  });

  it('a duplicate whose response is lost is found by its changed and cleared fields', async () => {
    const { id } = original();
    gateway.sandbox.addFault(duplicateFault('drop-after'));
    const result = await duplicate(gateway, String(id), { seed: 6, style: null });
    expect(gateway.sandbox.astria.prompts.get(Number(result.id))).toMatchObject({
      seed: 6,
      style: null,
      steps: 20,
    });
    expect(sent(gateway)).toBe(1);
  });

  it.concurrent('a duplicate whose response is lost is found even if its original cannot be read at first', () =>
    withGateway(async (gateway) => {
      const { id } = original(gateway);
      gateway.sandbox.addFault(duplicateFault('504-after'));
      gateway.sandbox.addFault({
        upstream: 'astria',
        kind: '503',
        method: 'GET',
        path: `/prompts/${id}.json`,
      });
      const result = await duplicate(gateway, String(id), { seed: 6 });
      expect(result).toEqual({ id: promptsWith(gateway, 'an owl')[1], codes: [], errors: [] });
    }));

  it.concurrent('a duplicate whose response is lost is reported as OUTCOME_UNKNOWN when it had no effect', () =>
    withGateway(async (gateway) => {
      const { id } = original(gateway);
      gateway.sandbox.addFault(duplicateFault('504-before'));
      expect(await duplicate(gateway, String(id), { seed: 6 })).toEqual(UNKNOWN);
      expect(sent(gateway)).toBe(1);
    }));
});
