import { describe, expect, it } from '@jest/globals';
import { follow, polls, untilEvents, untilPolls } from './following.js';
import { liveGateway } from './live-gateway.js';

const here = liveGateway();
const { render } = here;

describe('the calls', () => {
  it('are one per interval, however many follow', async () => {
    const id = render();
    const followings = await Promise.all(Array.from({ length: 100 }, () => follow(here.gateway, id)));
    await untilPolls(here.sandbox, 3);
    here.sandbox.astria.settle(id);
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING', 'SUCCEEDED']);
    const times = polls(here.sandbox).map(({ at: time }) => time);
    // The pauses begin at a second; a clock may be a little off.
    for (const [n, time] of times.slice(1).entries()) expect(time - (times[n] ?? 0)).toBeGreaterThan(950);
  });

  it('for a hundred prompts are as few as their pages', async () => {
    const ids = Array.from({ length: 100 }, () => render());
    const begun = performance.now();
    const followings = await Promise.all(ids.map((id) => follow(here.gateway, id)));
    await Promise.all(followings.map((following) => untilEvents(following, 1)));
    // They arrive one after another; those that arrive within ten milliseconds are read together. A timer may be a
    // millisecond early.
    const first = polls(here.sandbox).length;
    const arrivalMs = performance.now() - begun;
    expect(first).toBeLessThanOrEqual(1 + arrivalMs / 9);
    await untilPolls(here.sandbox, first + 2);
    // One that has arrived alone was read alone; after that it goes along with the others.
    const paths = polls(here.sandbox)
      .slice(first)
      .map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/prompts']));
    for (const id of ids) here.sandbox.astria.settle(id);
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING', 'SUCCEEDED']);
    // From then on they stay together, but for those that have arrived so much later that they are due at another time: one
    // by one, each of two rounds would be a hundred.
    expect(polls(here.sandbox).length - first).toBeLessThan(50);
  });
});
