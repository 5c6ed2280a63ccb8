import { expect, it } from '@jest/globals';
import { torture } from '../support/torture.js';

it('makes every replica exactly once, whatever the upstream does and however often it is killed', async () => {
  const dialect = { readLagMs: 500, updateFields: 'refuse' } as const;
  const report = await torture({ prompts: 40, kills: 4, seed: 'suite', concurrency: 4, dialect });
  expect(report.disagreements).toEqual([]);
  expect(report.kills).toEqual({ replicas: 1, calls: 1, boot: 1, late: 1 });
  expect(report.complaints).toBe('');
  expect(report.creates).toBeGreaterThanOrEqual(40);
}, 180_000);
