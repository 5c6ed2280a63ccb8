import { afterEach, expect, it, jest } from '@jest/globals';
import { type EmbeddedStorage, openStorage } from '../../src/storage/embedded/embedded-storage.js';
import { silentLog, temporaryFolder } from '../support/store.js';

const HOUR_MS = 3_600_000;
/** Tolerance, since the two clocks are read one after the other. */
const CLOSE_MS = 1_000;

const { folder, remove } = temporaryFolder();
const opened: EmbeddedStorage[] = [];
const open = () => {
  const storage = openStorage(folder, silentLog);
  opened.push(storage);
  return storage;
};
afterEach(async () => {
  jest.restoreAllMocks();
  for (const storage of opened.splice(0)) await storage.close();
  remove();
});

it('the clock of the store starts at the wall clock but ignores later changes of it', () => {
  const { now } = open();
  expect(Math.abs(now() - Date.now())).toBeLessThan(CLOSE_MS);
  const before = now();
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() - HOUR_MS);
  expect(now() - before).toBeGreaterThanOrEqual(0);
  expect(now() - before).toBeLessThan(CLOSE_MS);
});

it.each([-HOUR_MS, HOUR_MS])(
  'processes agree on the clock of the store after the wall clock was set by %i ms',
  (stepMs) => {
    const { now } = open();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + stepMs);
    const later = open();
    expect(Math.abs(later.now() - now())).toBeLessThan(CLOSE_MS);
  },
);
