import { expect, it } from '@jest/globals';
import { createTorture } from '../support/create-torture.js';

it('a gateway that is killed twice while Astria fails creates one prompt per key and gives no prompt to two callers', async () => {
  const report = await createTorture({ creates: 60, kills: 2, seed: 'suite', concurrency: 8 });
  expect(report.disagreements).toEqual([]);
  expect(report.kills).toBe(2);
  expect(report.complaints).toBe('');
  expect(report.created + report.unknown + report.unsent).toBe(60);
  // The gateway finds most of the prompts.
  expect(report.created).toBeGreaterThan(30);
}, 180_000);
