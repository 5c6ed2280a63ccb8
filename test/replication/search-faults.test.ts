import { expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { creates, lines, replicate } from './replicating.js';

const gateway = describeGateway({
  env: { LOST_RESPONSE_TIMEOUT_MS: '300' },
  sandbox: { seed: 'empty' },
});

it('failed reads in the search for a lost replica do not count as attempts to create it', async () => {
  const { sandbox } = gateway;
  sandbox.portkey.addPrompt({ name: 'a' });
  sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST', path: '/prompts' });
  // Skips the read of the library that precedes the create request.
  sandbox.addFault({ upstream: 'portkey', kind: '500', method: 'GET', path: '/prompts', skip: 1, times: 5 });
  const job = await replicate(gateway);
  expect(lines(job)).toEqual(['a: CREATE CREATED']);
  expect(job.items[0]).toMatchObject({ error: null, attempts: 2 });
  expect(creates(sandbox)).toBe(1);
});
