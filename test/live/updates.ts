import type { LiveHub } from '../../src/services/live/hub.js';
import type { PollTarget, Update } from '../../src/services/live/poll-target.js';
import { until } from '../support/gateway.js';
import type { Thing } from './fake-source.js';

/** Follows a target and collects its updates. */
export function followThing(hub: LiveHub, target: PollTarget<Thing>) {
  const seen: Update<Thing>[] = [];
  const events = hub.watch(target);
  const ended = (async () => {
    for await (const update of events) seen.push(update);
  })();
  return { seen, ended, values: () => seen.map((one) => (one && 'value' in one ? one.value : one)) };
}

/** Waits for at least `count` updates. */
export function untilSeen({ seen }: { seen: readonly unknown[] }, count: number): Promise<number> {
  return until(
    () => seen.length,
    (length) => length >= count,
  );
}

/** Result of an iterator that has ended. */
export const END = { value: undefined, done: true };

/** Returns the number of timers of this process. */
export const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
