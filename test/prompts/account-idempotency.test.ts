import { afterEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, until } from '../support/gateway.js';
import { create, createFault, duplicate, duplicateFault, promptsWith, sent } from './creating.js';

const REPEAT_MS = 500;

const gateway = describeGateway({
  env: { ASTRIA_IDEMPOTENCY: 'true', OUTCOME_SETTLE_MS: '0' },
  config: { astriaRepeatMs: REPEAT_MS },
  sandbox: { settleMs: 60_000, dialect: { deduplication: 'attributes' } },
});
afterEach(() => gateway.sandbox.reset());

describe('with idempotency on at Astria, a create whose answer was lost', () => {
  it('is sent again after the wait, and is the same prompt', async () => {
    // It is not in the list yet when it is looked for.
    gateway.sandbox.addFault(createFault('504-after'));
    gateway.sandbox.addFault({
      upstream: 'astria',
      kind: '503',
      method: 'GET',
      path: '/tunes/*/prompts',
      times: 0,
    });
    const { id } = await create(gateway, { text: 'a cat' });
    expect(promptsWith(gateway, 'a cat')).toEqual([id]);
    const [first, second] = gateway.sandbox.requests({ method: 'POST' });
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(REPEAT_MS);
    expect(second?.body).toEqual(first?.body);
  });

  it('is created by the repeat when it was not before', async () => {
    gateway.sandbox.addFault(createFault('504-before'));
    const { id } = await create(gateway, { text: 'a dog' });
    expect(promptsWith(gateway, 'a dog')).toEqual([id]);
    expect(sent(gateway)).toBe(2);
  });

  it('is repeated once', async () => {
    gateway.sandbox.addFault(createFault('504-before', { times: 0 }));
    expect(await create(gateway, { text: 'a fox' }, 'fox')).toMatchObject({ codes: ['OUTCOME_UNKNOWN'] });
    expect(sent(gateway)).toBe(2);
    gateway.sandbox.clearFaults();
    const { id } = await create(gateway, { text: 'a fox' }, 'fox');
    expect(promptsWith(gateway, 'a fox')).toEqual([id]);
  });

  it('of a duplicate as well', async () => {
    const { id } = gateway.sandbox.astria.addPrompt({ text: 'an owl' });
    gateway.sandbox.addFault(duplicateFault('504-before'));
    const copy = await duplicate(gateway, String(id), { seed: 3 });
    expect(promptsWith(gateway, 'an owl')).toEqual([String(id), copy.id]);
  });
});

it('a gateway that is to end does not wait for the repeat', async () => {
  const ending = await startTestGateway({
    env: { OUTCOME_SETTLE_MS: '0' },
    config: { astriaRepeatMs: 3_600_000 },
  });
  ending.sandbox.addFault(createFault('504-before', { times: 0 }));
  const waiting = create(ending, { text: 'a cat' });
  await until(
    () => ending.sandbox.requests({ upstream: 'astria', method: 'GET' }).length,
    (count) => count > 0,
  );
  await ending.stop();
  expect(await waiting).toMatchObject({ codes: ['OUTCOME_UNKNOWN'] });
  await ending.close();
});
