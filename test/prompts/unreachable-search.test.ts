import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/index.js';
import { BREAKER } from '../../src/upstream/breaker.js';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway } from '../support/gateway.js';
import { create, createFault, promptsWith, sent } from './creating.js';

const SETTLE_MS = 500;
const OPTIONS = {
  env: { LOST_RESPONSE_TIMEOUT_MS: String(SETTLE_MS) },
  sandbox: { settleMs: 600_000 },
};
/** Longer than the search for a lost prompt. */
const HELD_BACK_MS = 1_500;

const gateway = describeGateway(() => ({
  ...OPTIONS,
  config: {
    upstreamTimes: {
      breaker: { ...BREAKER, minimum: 10, halfOpenAfterMs: HELD_BACK_MS, longestMs: HELD_BACK_MS },
    },
  },
}));

it('the gateway finds prompts with lost responses once Astria is reachable again', async () => {
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

const READ_FAULTS: readonly Pick<Fault, 'kind' | 'status' | 'body'>[] = [
  { kind: 'wrong-shape' },
  { kind: 'broken-json' },
  { kind: 'html' },
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403, body: { error: 'forbidden' } },
];

it.concurrent.each(
  READ_FAULTS.map((fault) => [`${fault.kind} ${fault.status ?? ''}`.trim(), fault] as const),
)(
  'the gateway finds a lost prompt after reads that fail with %s for longer than the search',
  async (_kind, fault) => {
    const own = await startTestGateway(OPTIONS);
    try {
      own.sandbox.addFault({
        upstream: 'astria',
        method: 'GET',
        path: '/tunes/*/prompts',
        times: 0,
        ...fault,
      });
      own.sandbox.addFault(createFault('503-after'));
      const creating = create(own, { text: 'a cat' });
      await pause(3 * SETTLE_MS);
      own.sandbox.clearFaults();
      const { id, codes, errors } = await creating;
      expect([codes, errors]).toEqual([[], []]);
      expect(promptsWith(own, 'a cat')).toEqual([id]);
      expect(sent(own)).toBe(1);
    } finally {
      await own.close();
    }
  },
);

it('the search for a lost prompt ends in time when its tune is gone', async () => {
  const own = await startTestGateway(OPTIONS);
  try {
    const gone = { kind: 'status', status: 404 } as const;
    own.sandbox.addFault({ upstream: 'astria', method: 'GET', path: '/tunes/*/prompts', times: 0, ...gone });
    own.sandbox.addFault(createFault('503-after'));
    const begunAt = performance.now();
    const { codes } = await create(own, { text: 'a cat' });
    expect(codes).toEqual(['OUTCOME_UNKNOWN']);
    expect(performance.now() - begunAt).toBeLessThan(8 * SETTLE_MS);
  } finally {
    await own.close();
  }
});
