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
// Long enough to find every existing prompt on a busy machine too.
const gateway = describeGateway({ sandbox: SLOW, env: { OUTCOME_SETTLE_MS: '30000' } });
afterEach(() => gateway.sandbox.reset());

/** A gateway and a sandbox for one test: those that wait for a long time do so side by side. */
async function alone(
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

describe('a create whose answer is lost', () => {
  const everything = {
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
    const { id, codes } = await create(gateway, everything);
    expect(codes).toEqual([]);
    expect(promptsWith(gateway, everything.text)).toEqual([id]);
    expect(sent(gateway)).toBe(1);
  }

  it.each<FaultKind>([
    ...(['500-after', '502-after', '503-after', '504-after'] as const),
    ...(['drop-after', 'truncated-json', 'broken-json', 'wrong-shape'] as const),
  ])('by %s is found at Astria', (kind) => expectFound(gateway, kind));

  it.concurrent('by stall-headers is found at Astria', () => {
    const env = { UPSTREAM_TIMEOUT_MS: '5000', OUTCOME_SETTLE_MS: '30000' };
    const times = { env, config: { upstreamTimes: { writeGraceMs: 500 } } };
    return alone((own) => expectFound(own, 'stall-headers'), times);
  });

  it.concurrent('and that was never created is not known, and not sent again', () =>
    alone(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-before'));
      expect(await create(gateway, { text: 'a lost cat' })).toEqual(UNKNOWN);
      expect(sent(gateway)).toBe(1);
      expect(promptsWith(gateway, 'a lost cat')).toEqual([]);
    }));

  it.concurrent('is looked for until it lands', () =>
    alone(async (gateway) => {
      gateway.sandbox.addFault(createFault('drop-late', { delayMs: 150 }));
      const { id } = await create(gateway, { text: 'a late cat' });
      expect(promptsWith(gateway, 'a late cat')).toEqual([id]);
    }));

  it.concurrent('is found though the list fails at first', () =>
    alone(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-after'));
      gateway.sandbox.addFault({ upstream: 'astria', kind: '503', method: 'GET', path: '/tunes/*/prompts' });
      const { id } = await create(gateway, { text: 'a cat' });
      expect(promptsWith(gateway, 'a cat')).toEqual([id]);
    }));

  it('is found among more newer prompts than a page has', async () => {
    gateway.sandbox.addFault(createFault('drop-late', { delayMs: 1 }));
    const tune_id = Number(TUNE);
    const creating = create(gateway, { text: 'a needle' });
    for (let n = 0; n < 300; n += 1) gateway.sandbox.astria.addPrompt({ tune_id, text: 'hay' });
    const { id } = await creating;
    for (let n = 0; n < 300; n += 1) gateway.sandbox.astria.addPrompt({ tune_id, text: 'hay' });
    expect(promptsWith(gateway, 'a needle')).toEqual([id]);
  });

  it('of a tune of the gallery is found', async () => {
    gateway.sandbox.addFault(createFault('504-after'));
    const variables = { tuneId: '1504944', input: { text: 'a public cat' } };
    const { createPrompt } = await gateway.run(CreatePromptDocument, variables);
    expect(promptsWith(gateway, 'a public cat')).toEqual([createPrompt?.prompt?.id]);
  });

  it.concurrent.each<[string, Record<string, unknown>]>([
    ['an older one', { created_at: new Date(Date.now() - 60_000).toISOString() }],
    ['one with another text', { text: 'a dog' }],
    ['one with another seed', { seed: 8 }],
    ['one of another tune', { tune_id: 2690417 }],
    ['one of another account', { owner: 'other' }],
  ])('is not taken for %s', (_what, other) =>
    alone(async (gateway) => {
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

  it.concurrent('is not taken for another one of the gateway that is like it', () =>
    alone(async (gateway) => {
      expect((await create(gateway, { text: 'twin' })).codes).toEqual([]);
      gateway.sandbox.addFault(createFault('504-before'));
      expect(await create(gateway, { text: 'twin' })).toEqual(UNKNOWN);
    }));

  it.concurrent('is not taken for one of which more was said and whose answer was lost as well', () =>
    alone(async (gateway) => {
      gateway.sandbox.addFault(createFault('504-before'));
      gateway.sandbox.addFault(createFault('504-after'));
      const [plain, seeded] = await Promise.all([
        create(gateway, { text: 'a fox' }),
        gateway.graphql('{ __typename }').then(() => create(gateway, { text: 'a fox', seed: 3 })),
      ]);
      const [there] = gateway.sandbox.requests({ method: 'POST' }).map(({ body }) => at(body, 'prompt.seed'));
      // Whichever came first was not created.
      expect(there === 3 ? plain.id : seeded.id).not.toBeNull();
      expect(there === 3 ? seeded : plain).toEqual(UNKNOWN);
    }));

  it.concurrent('with other images than one like it is not taken for that', () =>
    alone(async (gateway) => {
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

  it('with a file is found', async () => {
    gateway.sandbox.addFault(createFault('drop-after'));
    const variables = { tuneId: TUNE, input: { text: 'a drawn face', inputImage: {} } };
    const file = { bytes: png(50_000), filename: 'a.png' };
    const form = uploadForm(CREATE, variables, { 'variables.input.inputImage.upload': file });
    const { id } = made(await postForm(gateway.url, form));
    expect(promptsWith(gateway, 'a drawn face')).toEqual([id]);
    expect(sent(gateway)).toBe(1);
  });
});

describe('a duplicate whose answer is lost', () => {
  const original = ({ sandbox } = gateway) =>
    sandbox.astria.addPrompt({
      tune_id: Number(TUNE),
      text: 'an owl',
      seed: 5,
      style: 'Cinematic',
      steps: 20,
    });

  it('is found, though it is like its original', async () => {
    const { id } = original();
    gateway.sandbox.addFault(duplicateFault('504-after'));
    const result = await duplicate(gateway, String(id), {});
    expect(result).toEqual({ id: promptsWith(gateway, 'an owl')[1], codes: [], errors: [] });
  });

  it('is found by what was changed and cleared', async () => {
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

  it.concurrent('is found though its original cannot be read at first', () =>
    alone(async (gateway) => {
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

  it.concurrent('and that was never made is not known', () =>
    alone(async (gateway) => {
      const { id } = original(gateway);
      gateway.sandbox.addFault(duplicateFault('504-before'));
      expect(await duplicate(gateway, String(id), { seed: 6 })).toEqual(UNKNOWN);
      expect(sent(gateway)).toBe(1);
    }));
});
