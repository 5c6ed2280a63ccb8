import { expect, it } from '@jest/globals';
import { KeyedTasks } from '../../src/async/keyed-tasks.js';
import { ResourceStack } from '../../src/async/resource-stack.js';
import { TaskGroup } from '../../src/async/task-group.js';

/** A promise that the test resolves. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

it('a task group is idle before any work and after all of it', async () => {
  const group = new TaskGroup();
  await group.idle();
  const [one, two] = [gate(), gate()];
  const tasks = [group.run(() => one.opened), group.run(() => two.opened)];
  let isIdle = false;
  const idle = group.idle().then(() => {
    isIdle = true;
  });
  expect(group.size).toBe(2);
  one.open();
  await tasks[0];
  expect([group.size, isIdle]).toEqual([1, false]);
  two.open();
  await idle;
  expect(group.size).toBe(0);
});

it('failed work counts as finished, and its error reaches the caller', async () => {
  const group = new TaskGroup();
  await expect(group.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await group.idle();
});

it('waiting for idle stops after its time limit', async () => {
  const group = new TaskGroup();
  const { open, opened } = gate();
  const task = group.run(() => opened);
  await group.idle(10);
  expect(group.size).toBe(1);
  open();
  await task;
});

it('work that is started several times while it runs is repeated once', async () => {
  const tasks = new KeyedTasks();
  const first = gate();
  let runs = 0;
  const work = async () => {
    runs += 1;
    if (runs === 1) await first.opened;
  };
  for (let i = 0; i < 3; i += 1) tasks.start('a', work);
  expect([runs, tasks.isRunning('a'), tasks.isRunning('b')]).toEqual([1, true, false]);
  first.open();
  await tasks.idle();
  expect([runs, tasks.isRunning('a')]).toEqual([2, false]);
});

it('resources close once and one by one in reverse order, even after an error', async () => {
  const closed: string[] = [];
  const resources = new ResourceStack();
  for (const name of ['storage', 'upstream', 'server']) {
    resources.defer(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push(name);
      if (name === 'upstream') throw new Error('broken');
    });
  }
  const closing = [resources.close(), resources.close()];
  for (const each of closing) await expect(each).rejects.toThrow('broken');
  expect(closed).toEqual(['server', 'upstream', 'storage']);
});
