import { afterEach, describe, expect, it } from '@jest/globals';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { create, createFault, duplicate, promptsWith, sent, TUNE } from '../prompts/creating.js';
import { until } from '../support/gateway.js';
import { RUNS_ALL_CASES } from '../support/sampling.js';
import { describeReachable } from './reachable.js';

const MANY = RUNS_ALL_CASES ? 100 : 30;

const gateway = describeReachable({
  env: { LOST_RESPONSE_TIMEOUT_MS: '30000' },
  sandbox: { settleMs: 60_000 },
});
afterEach(() => gateway.sandbox.reset());

const LIST_FAULT = {
  upstream: 'astria',
  kind: '503',
  method: 'GET',
  path: '/tunes/*/prompts',
  times: 0,
} as const;

describe('prompt with its own callback URL whose response was lost is found', () => {
  it('a prompt with its own callback URL whose response was lost is found among many equal prompts', async () => {
    for (let n = 1; n <= MANY / 3; n += 1)
      gateway.sandbox.addFault(createFault('drop-after', { skip: 2 * n }));
    const results = await Promise.all(
      Array.from({ length: MANY }, () => create(gateway, { text: 'a twin' })),
    );
    const ids = results.map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(promptsWith(gateway, 'a twin')));
    expect(new Set(ids).size).toBe(MANY);
    expect(sent(gateway)).toBe(MANY);
  });

  it('a prompt with its own callback URL whose response was lost is found by the call of Astria when the lists fail', async () => {
    gateway.sandbox.addFault(createFault('504-after'));
    gateway.sandbox.addFault(LIST_FAULT);
    const creating = create(gateway, { text: 'a called cat' }, 'called');
    await until(
      () => promptsWith(gateway, 'a called cat').length,
      (count) => count === 1,
    );
    gateway.sandbox.astria.settle(Number(promptsWith(gateway, 'a called cat')[0]));
    const first = await creating;
    // The call may come after the request has ended.
    const { id } = first.id === null ? await create(gateway, { text: 'a called cat' }, 'called') : first;
    expect(promptsWith(gateway, 'a called cat')).toEqual([id]);
    expect(sent(gateway)).toBe(1);
  });

  it('a prompt with its own callback URL whose response was lost is found even if it is a duplicate whose original cannot be read', async () => {
    const { id } = gateway.sandbox.astria.addPrompt({ tune_id: Number(TUNE), text: 'an owl' });
    gateway.sandbox.addFault({ upstream: 'astria', kind: '504-after', method: 'POST' });
    gateway.sandbox.addFault({
      ...{ upstream: 'astria', kind: '500', method: 'GET', path: `/prompts/${id}.json` },
      ...{ skip: 1, times: 0 },
    });
    const copy = await duplicate(gateway, String(id), { seed: 4 });
    expect(gateway.sandbox.astria.prompts.get(Number(copy.id))).toMatchObject({ text: 'an owl', seed: 4 });
  });
});

it('a repeated idempotency key returns a duplicate whose original no longer exists', async () => {
  const { id } = gateway.sandbox.astria.addPrompt({ tune_id: Number(TUNE), text: 'an owl' });
  const first = await duplicate(gateway, String(id), { seed: 4 }, 'owl');
  gateway.sandbox.astria.deletePrompt(id);
  expect(await duplicate(gateway, String(id), { seed: 4 }, 'owl')).toEqual(first);
});

it('an invalid callback URL causes a single error', async () => {
  const input = { text: 'x', callback: 'ftp://a' };
  const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId: TUNE, input });
  expect(createPrompt?.userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'callback'] }]);
});
