import { afterEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, until } from '../support/gateway.js';
import { create, createFault, duplicate, duplicateFault, promptsWith, sent } from './creating.js';

const REPEAT_MS = 500;

const gateway = describeGateway({
  env: { ASTRIA_IDEMPOTENCY: 'true', LOST_RESPONSE_TIMEOUT_MS: '0' },
  config: { astriaRetryDelayMs: REPEAT_MS },
  sandbox: { settleMs: 60_000, dialect: { deduplication: 'attributes' } },
});
afterEach(() => gateway.sandbox.reset());

describe('with ASTRIA_IDEMPOTENCY, a request whose response was lost', () => {
  it('with ASTRIA_IDEMPOTENCY, a request whose response was lost is sent again after the delay and returns the same prompt', async () => {
    // Hides the prompt from the search.
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

  it('with ASTRIA_IDEMPOTENCY, a request whose response was lost creates the prompt on its second attempt when the first had no effect', async () => {
    gateway.sandbox.addFault(createFault('504-before'));
    const { id } = await create(gateway, { text: 'a dog' });
    expect(promptsWith(gateway, 'a dog')).toEqual([id]);
    expect(sent(gateway)).toBe(2);
  });

  it('with ASTRIA_IDEMPOTENCY, a request whose response was lost is sent again only once', async () => {
    gateway.sandbox.addFault(createFault('504-before', { times: 0 }));
    expect(await create(gateway, { text: 'a fox' }, 'fox')).toMatchObject({ codes: ['OUTCOME_UNKNOWN'] });
    expect(sent(gateway)).toBe(2);
    gateway.sandbox.clearFaults();
    const { id } = await create(gateway, { text: 'a fox' }, 'fox');
    expect(promptsWith(gateway, 'a fox')).toEqual([id]);
  });

  it('with ASTRIA_IDEMPOTENCY, a request whose response was lost is sent again when it is a duplicate', async () => {
    const { id } = gateway.sandbox.astria.addPrompt({ text: 'an owl' });
    gateway.sandbox.addFault(duplicateFault('504-before'));
    const copy = await duplicate(gateway, String(id), { seed: 3 });
    expect(promptsWith(gateway, 'an owl')).toEqual([String(id), copy.id]);
  });
});

it('a gateway that stops does not wait for the second attempt', async () => {
  const stopping = await startTestGateway({
    env: { LOST_RESPONSE_TIMEOUT_MS: '0' },
    config: { astriaRetryDelayMs: 3_600_000 },
  });
  stopping.sandbox.addFault(createFault('504-before', { times: 0 }));
  const waiting = create(stopping, { text: 'a cat' });
  await until(
    () => stopping.sandbox.requests({ upstream: 'astria', method: 'GET' }).length,
    (count) => count > 0,
  );
  await stopping.stop();
  expect(await waiting).toMatchObject({ codes: ['OUTCOME_UNKNOWN'] });
  await stopping.close();
});
