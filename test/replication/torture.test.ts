import { expect, it } from '@jest/globals';
import { torture } from '../support/torture.js';

it('makes every replica exactly once, however often it is killed and whatever the upstream does', async () => {
  const report = await torture({ prompts: 40, kills: 4, seed: 'suite', concurrency: 4 });
  expect(report.disagreements).toEqual([]);
  expect(report.kills).toEqual({ replicas: 1, calls: 1, boot: 1, late: 1 });
  expect(report.complaints).toBe('');
  expect(report.creates).toBeGreaterThanOrEqual(40);
}, 180_000);
