import { afterEach, expect, it, jest } from '@jest/globals';
import { Deadlines, type Expiring } from '../../src/upstream/deadlines.js';
import { until } from '../support/gateway.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Creates deadlines, and records how late each one expires. */
function setUp() {
  const deadlines = new Deadlines();
  const delays = new Map<number, number>();
  const add = (inMs: number): Expiring => {
    const deadline = performance.now() + inMs;
    const work = { deadline, position: 0, expire: () => void delays.set(inMs, performance.now() - deadline) };
    deadlines.add(work);
    return work;
  };
  return { deadlines, delays, add };
}

it('deadlines expire in order and never early, whatever order they were added in', async () => {
  const { delays, add } = setUp();
  for (const inMs of [60, 20, 90, 40, 21]) add(inMs);
  await until(
    () => delays.size,
    (count) => count === 5,
  );
  expect([...delays.keys()]).toEqual([20, 21, 40, 60, 90]);
  expect(Math.min(...delays.values())).toBeGreaterThanOrEqual(0);
});

it('deleted deadlines do not expire, but later ones do', async () => {
  const { deadlines, delays, add } = setUp();
  const [first, second] = [add(20), add(30)];
  add(40);
  deadlines.delete(first);
  deadlines.delete(second);
  await until(() => delays.size, Boolean);
  expect([...delays.keys()]).toEqual([40]);
});

it('deadlines expire once each after others were deleted', async () => {
  const deadlines = new Deadlines();
  const passed: string[] = [];
  const add = (name: string, inMs: number) => {
    const work = { deadline: performance.now() + inMs, position: 0, expire: () => void passed.push(name) };
    deadlines.add(work);
    return work;
  };
  const first = add('first', 20);
  for (const name of ['second', 'third', 'fourth']) add(name, 20);
  deadlines.delete(first);
  deadlines.delete(first);
  add('last', 60);
  await until(
    () => passed,
    (names) => names.includes('last'),
  );
  expect(passed.sort()).toEqual(['fourth', 'last', 'second', 'third']);
});

it('a deadline does not expire after an earlier one has deleted it', async () => {
  const deadlines = new Deadlines();
  const passed: string[] = [];
  const deadline = performance.now() + 20;
  const second = { deadline: deadline + 0.001, position: 0, expire: () => void passed.push('second') };
  const expire = () => {
    passed.push('first');
    deadlines.delete(second);
  };
  deadlines.add({ deadline, position: 0, expire });
  deadlines.add(second);
  deadlines.add({ deadline: deadline + 40, position: 0, expire: () => void passed.push('last') });
  await until(
    () => passed,
    (names) => names.includes('last'),
  );
  expect(passed).toEqual(['first', 'last']);
});

it('deadlines expire among hundreds of thousands of others', async () => {
  const { delays, add } = setUp();
  for (let n = 0; n < 200_000; n += 1) add(600_000 + n);
  add(20);
  add(40);
  await until(
    () => delays.size,
    (count) => count === 2,
  );
});

it('deadlines of the same duration share one timer, which does not keep the process alive', () => {
  const timer = jest.spyOn(globalThis, 'setTimeout');
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const { deadlines, add } = setUp();
  for (let n = 0; n < 1_000; n += 1) deadlines.delete(add(10_000));
  expect(timer).toHaveBeenCalledTimes(1);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before);
});
