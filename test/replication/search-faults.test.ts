import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { creates, lines, replicate } from './replicating.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    env: { OUTCOME_SETTLE_MS: '300' },
    sandbox: { seed: 'empty' },
  });
});
afterAll(() => gateway.close());

it('failed reads in the search of a lost replica are no attempts to create it', async () => {
  const { sandbox } = gateway;
  sandbox.portkey.addPrompt({ name: 'a' });
  sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST', path: '/prompts' });
  // The library is read before the replica is created.
  sandbox.addFault({ upstream: 'portkey', kind: '500', method: 'GET', path: '/prompts', skip: 1, times: 5 });
  const job = await replicate(gateway);
  expect(lines(job)).toEqual(['a: CREATE CREATED']);
  expect(job.items[0]).toMatchObject({ error: null, attempts: 2 });
  expect(creates(sandbox)).toBe(1);
});
