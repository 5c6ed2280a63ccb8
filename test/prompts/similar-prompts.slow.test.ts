import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Deployment, type KillableGateway } from '../support/deployment.js';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { png } from '../support/upload-pictures.js';
import { CREATE, create, createFault, type Made, made, promptsWith, sent, TUNE } from './creating.js';

const MANY = 100;

const UNKNOWN = { id: null, codes: ['OUTCOME_UNKNOWN'], errors: [] };

/** Creates a prompt with an image whose content depends on `fill`. */
async function upload(url: string, text: string, fill: number, key?: string): Promise<Made> {
  const variables = { tuneId: TUNE, input: { text, inputImage: {} }, key };
  const files = { 'variables.input.inputImage.upload': { bytes: png(500, fill), filename: 'a.png' } };
  return made(await postForm(url, uploadForm(CREATE, variables, files)));
}

describe('one gateway', () => {
  const gateway = describeGateway({ sandbox: { settleMs: 60_000 } });
  afterEach(() => gateway.sandbox.reset());

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a seed', { text: 'a fox', seed: 7 }, { text: 'a fox' }],
    ['a trailing space', { text: 'a fox ' }, { text: 'a fox' }],
    ['an explicit false', { text: 'a fox', faceCorrect: false }, { text: 'a fox' }],
  ])(
    'one gateway does not give the prompt of a request in progress with %s to a lost request without it',
    async (_what, slow, lost) => {
      gateway.sandbox.addFault(createFault('slow-body', { delayMs: 600 }));
      const first = create(gateway, slow);
      await until(
        () => sent(gateway),
        (count) => count === 1,
      );
      gateway.sandbox.addFault(createFault('504-before'));
      expect(await create(gateway, lost)).toEqual(UNKNOWN);
      expect((await first).codes).toEqual([]);
    },
  );

  it('one gateway reports a lost request without waiting for an equal request that hangs', async () => {
    gateway.sandbox.addFault(createFault('slow-body', { delayMs: 2_500 }));
    let hangs = true;
    const slow = create(gateway, { text: 'a fox' }).finally(() => {
      hangs = false;
    });
    await until(
      () => sent(gateway),
      (count) => count === 1,
    );
    gateway.sandbox.addFault(createFault('504-before'));
    expect(await create(gateway, { text: 'a fox' })).toEqual(UNKNOWN);
    expect((await create(gateway, { text: 'a fox' })).codes).toEqual([]);
    expect(hangs).toBe(true);
    await slow;
  });

  it('one gateway does not give the prompt of a disconnected client to a request with another image', async () => {
    gateway.sandbox.addFault(createFault('slow-body', { delayMs: 400 }));
    const hangUp = new AbortController();
    const variables = { tuneId: TUNE, input: { text: 'a face', inputImage: {} } };
    const file = { bytes: png(500, 1), filename: 'a.png' };
    const body = uploadForm(CREATE, variables, { 'variables.input.inputImage.upload': file });
    const headers = { 'apollo-require-preflight': 'true' };
    const { signal } = hangUp;
    const request = fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body, signal });
    await until(
      () => promptsWith(gateway, 'a face').length,
      (count) => count === 1,
    );
    hangUp.abort();
    await expect(request).rejects.toThrow();
    gateway.sandbox.addFault(createFault('504-before'));
    expect(await upload(gateway.url, 'a face', 2)).toEqual(UNKNOWN);
  });

  it('one gateway respects a rate limit on lists of prompts', async () => {
    const times = 10;
    gateway.sandbox.addFault(createFault('504-after', { times }));
    gateway.sandbox.addFault({ upstream: 'astria', kind: '429', method: 'GET', retryAfter: 30, times: 0 });
    const results = await Promise.all(
      Array.from({ length: times }, (_, n) => create(gateway, { text: `fox ${n}` })),
    );
    expect(results).toEqual(results.map(() => UNKNOWN));
    // Requests that arrive during a read share the next one. No request repeats it.
    const lists = gateway.sandbox.requests({ upstream: 'astria', method: 'GET' });
    expect(lists.length).toBeLessThanOrEqual(times);
  });

  it('one gateway reports OUTCOME_UNKNOWN for a lost response when the store is unavailable', async () => {
    const storeless = await startTestGateway({ env: { DATA_DIR: '/dev/null/data' } });
    storeless.sandbox.addFault(createFault('504-after'));
    expect(await create(storeless, { text: 'a cat' })).toEqual(UNKNOWN);
    expect(sent(storeless)).toBe(1);
    await storeless.close();
  });
});

describe('two gateways on one store', () => {
  let deployment: Deployment;
  let one: KillableGateway;
  let two: TestGateway;
  beforeAll(async () => {
    deployment = await Deployment.open({ seed: 'library', settleMs: 60_000 });
    // On a busy machine the search for the last prompts takes long.
    const patient = { LOST_RESPONSE_TIMEOUT_MS: '30000' };
    [one, two] = await Promise.all([deployment.start(patient), deployment.startHere(patient)]);
  });
  afterEach(() => deployment.sandbox.clearFaults());
  afterAll(() => deployment.close());

  it.each([
    ['without keys', false],
    ['with keys', true],
  ])(
    'two gateways on one store give each of 100 equal requests %s its own prompt when every third response is lost',
    async (what, isKeyed) => {
      const text = `one of many ${what}`;
      for (let n = 1; n <= MANY / 3; n += 1)
        deployment.sandbox.addFault(createFault('drop-after', { skip: 2 * n }));
      // On a busy machine the child process sheds load. A request that it sheds was not started.
      const send = (n: number) =>
        until(
          () => create(n % 2 === 0 ? one : two, { text }, isKeyed ? `k${n}` : undefined),
          ({ errors }) => !errors.includes('OVERLOADED'),
          60_000,
        );
      const results = await Promise.all(Array.from({ length: MANY }, (_, n) => send(n)));
      const ids = results.map(({ id }) => id);
      expect(results.filter(({ id }) => id === null)).toEqual([]);
      expect(new Set(ids).size).toBe(MANY);
      expect(new Set(promptsWith(one, text))).toEqual(new Set(ids));
    },
  );

  it('two gateways on one store give no key a prompt that may belong to another key after a kill', async () => {
    deployment.sandbox.addFault(createFault('slow-body', { delayMs: 10_000, times: 4 }));
    const both = Promise.allSettled([
      upload(one.url, 'a face', 1, 'face 1'),
      upload(one.url, 'a face', 2, 'face 2'),
      create(one, { text: 'a fox', steps: 5 }, 'fox 5'),
      create(one, { text: 'a fox' }, 'fox'),
    ]);
    await until(
      () => promptsWith(one, 'a face').length + promptsWith(one, 'a fox').length,
      (count) => count === 4,
    );
    await one.kill();
    await both;
    const next = await deployment.startHere();
    expect(await upload(next.url, 'a face', 2, 'face 2')).toEqual(UNKNOWN);
    expect(await upload(next.url, 'a face', 1, 'face 1')).toEqual(UNKNOWN);
    const fox = await create(next, { text: 'a fox' }, 'fox');
    const five = await create(next, { text: 'a fox', steps: 5 }, 'fox 5');
    const stepsOf = ({ id }: Made) => deployment.sandbox.astria.prompts.get(Number(id))?.steps;
    expect([stepsOf(fox), stepsOf(five)]).toEqual([null, 5]);
  });

  it('two gateways on one store do not give a prompt from before a restart to a lost request', async () => {
    const before = await deployment.startHere();
    expect((await create(before, { text: 'a wolf' })).codes).toEqual([]);
    await before.stop();
    const after = await deployment.startHere();
    deployment.sandbox.addFault(createFault('504-before'));
    expect(await create(after, { text: 'a wolf' })).toEqual(UNKNOWN);
  });
});
