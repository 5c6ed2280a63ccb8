import { expect, it } from '@jest/globals';
import { createTorture } from '../support/create-torture.js';

it('makes no prompt twice for a key and gives none to two callers, whatever Astria does', async () => {
  const report = await createTorture({ creates: 60, kills: 2, seed: 'suite', concurrency: 8 });
  expect(report.disagreements).toEqual([]);
  expect(report.kills).toBe(2);
  expect(report.complaints).toBe('');
  expect(report.created + report.unknown + report.unsent).toBe(60);
  // Most are found after all.
  expect(report.created).toBeGreaterThan(30);
}, 180_000);
