import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BREAKER } from '../../src/upstream/breaker.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { create, createFault, promptsWith, sent } from './creating.js';

const SETTLE_MS = 500;
/** Longer than the search for a lost prompt. */
const HELD_BACK_MS = 1_500;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    env: { OUTCOME_SETTLE_MS: String(SETTLE_MS) },
    config: {
      upstreamTimes: {
        breaker: { ...BREAKER, minimum: 10, halfOpenAfterMs: HELD_BACK_MS, longestMs: HELD_BACK_MS },
      },
    },
    sandbox: { settleMs: 600_000 },
  });
});
afterAll(() => gateway.close());

it('prompts whose responses were lost while Astria failed are found once it can be reached again', async () => {
  const { sandbox } = gateway;
  sandbox.addFault(createFault('503-after', { times: 20 }));
  const texts = Array.from({ length: 20 }, (_, n) => `number ${n}`);
  const results = await Promise.all(texts.map((text) => create(gateway, { text })));
  expect(gateway.logLines.join('')).toContain('"breaker":"open"');
  for (const [n, { id, codes, errors }] of results.entries()) {
    // A request held back by the breaker was not sent.
    const made = promptsWith(gateway, `number ${n}`);
    expect([made, codes, errors]).toEqual(id === null ? [[], [], ['UPSTREAM_UNAVAILABLE']] : [[id], [], []]);
  }
  expect(results.filter(({ id }) => id !== null)).toHaveLength(sent(gateway));
  expect(sent(gateway)).toBeGreaterThanOrEqual(10);
});
