import { expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { lines, replicate, upstream } from './replicating.js';

// Longer than the test takes, even on a busy machine.
const gateway = describeGateway({ sandbox: { seed: 'empty' }, env: { LOST_RESPONSE_TIMEOUT_MS: '30000' } });

const update = () => replicate(gateway, { options: { onExisting: 'UPDATE', verify: true } });

it('a stale read of a source does not revert its replica to an earlier version', async () => {
  const { portkey } = gateway.sandbox;
  const source = portkey.addPrompt({ name: 'a' });
  await replicate(gateway);
  const { version } = upstream(gateway.sandbox, 'a');
  source.published = portkey.addVersion(source, { ...version, string: 'new words' }).number;
  expect(lines(await update())).toEqual(['a: UPDATE UPDATED']);

  const reads = () => gateway.sandbox.requests({ upstream: 'portkey', path: `/prompts/${source.id}` }).length;
  const before = reads();
  source.published = 1;
  const next = update();
  await until(reads, (count) => count >= before + 2);
  source.published = 2;
  expect(lines(await next)).toEqual(['a: SKIP SKIPPED']);
  expect(upstream(gateway.sandbox, 'a-replica').version.string).toBe('new words');
});
