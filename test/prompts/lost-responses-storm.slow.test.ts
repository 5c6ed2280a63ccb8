import { afterEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { create, createFault, type Made, promptsWith, sent } from './creating.js';

// Long enough for every search, even on a slow machine.
const gateway = describeGateway({
  env: { LOST_RESPONSE_TIMEOUT_MS: '60000' },
  sandbox: { settleMs: 600_000 },
});
afterEach(() => gateway.sandbox.reset());

const LOST = ['500-after', '502-after', '503-after', '504-after', 'drop-after'] as const;

/** Loses the response of every third create request, after it was processed. */
function loseOneInThree(creates: number): void {
  for (let n = 1; n <= creates / 3; n += 1) {
    gateway.sandbox.addFault(createFault(LOST[n % LOST.length] ?? 'drop-after', { skip: 2 * n }));
  }
}

describe('200 create requests of which one in three loses its response', () => {
  const expectOwnPrompts = (results: readonly Made[]) => {
    expect(results.filter(({ id }) => id === null)).toEqual([]);
    const ids = results.map(({ id }) => id);
    expect(new Set(ids).size).toBe(200);
    expect(sent(gateway)).toBe(200);
    expect(new Set(promptsWith(gateway, 'one of many').concat(promptsWithTexts()))).toEqual(new Set(ids));
    expect(gateway.sandbox.requests({ method: 'POST' }).filter(({ status }) => status !== 201)).toHaveLength(
      66,
    );
  };
  const promptsWithTexts = () =>
    [...gateway.sandbox.astria.prompts.values()]
      .filter(({ text }) => text?.startsWith('number '))
      .map(({ id }) => String(id));

  it('200 create requests of which one in three loses its response get their own prompts when they differ', async () => {
    loseOneInThree(200);
    expectOwnPrompts(
      await Promise.all(
        Array.from({ length: 200 }, (_, n) => create(gateway, { text: `number ${n}`, seed: n })),
      ),
    );
  });

  it('200 create requests of which one in three loses its response get their own prompts when they are equal', async () => {
    loseOneInThree(200);
    expectOwnPrompts(
      await Promise.all(Array.from({ length: 200 }, () => create(gateway, { text: 'one of many' }))),
    );
  });

  it('200 create requests of which one in three loses its response get their own prompts when each is sent twice with its key', async () => {
    loseOneInThree(200);
    const keyed = (n: number) => create(gateway, { text: `number ${n}` }, `key ${n}`);
    const [first, second] = await Promise.all([
      Promise.all(Array.from({ length: 200 }, (_, n) => keyed(n))),
      Promise.all(Array.from({ length: 200 }, (_, n) => keyed(n))),
    ]);
    expectOwnPrompts(first);
    expect(second).toEqual(first);
  });

  it('200 create requests of which one in three loses its response get the prompts with their seeds when the seeds are adjacent', async () => {
    loseOneInThree(200);
    const seeds = Array.from({ length: 200 }, (_, n) => 4_294_967_000 + n);
    const results = await Promise.all(seeds.map((seed) => create(gateway, { text: 'a cat', seed })));
    const found = results.map(({ id }) => gateway.sandbox.astria.prompts.get(Number(id))?.seed);
    expect(found).toEqual(seeds);
    expect(sent(gateway)).toBe(200);
    // Searches share their reads.
    const lists = gateway.sandbox.requests({ upstream: 'astria', method: 'GET' }).length;
    expect(lists).toBeLessThan(2 * 66);
  });
});
