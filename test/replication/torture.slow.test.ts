import { expect, it } from '@jest/globals';
import { torture } from '../support/torture.js';

it('a gateway that is killed four times while Portkey fails creates every replica exactly once', async () => {
  const dialect = { readLagMs: 500, updateFields: 'refuse' } as const;
  const report = await torture({ prompts: 40, kills: 4, seed: 'suite', concurrency: 4, dialect });
  expect(report.disagreements).toEqual([]);
  expect(report.kills).toEqual({ replicas: 1, calls: 1, boot: 1, late: 1 });
  expect(report.complaints).toBe('');
  expect(report.creates).toBeGreaterThanOrEqual(40);
}, 180_000);
