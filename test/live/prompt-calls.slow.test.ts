import { describe, expect, it } from '@jest/globals';
import { follow, polls, untilEvents, untilPolls } from './following.js';
import { liveGateway } from './live-gateway.js';

const here = liveGateway();
const { render } = here;

describe('reads of followed prompts', () => {
  it('the reads of followed prompts happen once per interval for 100 subscribers', async () => {
    const id = render();
    const followings = await Promise.all(Array.from({ length: 100 }, () => follow(here.gateway, id)));
    await untilPolls(here.sandbox, 3);
    here.sandbox.astria.settle(id);
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING', 'SUCCEEDED']);
    const times = polls(here.sandbox).map(({ at: time }) => time);
    // The first pause is one second. The clock may be slightly off.
    for (const [n, time] of times.slice(1).entries()) expect(time - (times[n] ?? 0)).toBeGreaterThan(950);
  });

  it('the reads of followed prompts use shared lists for 100 prompts', async () => {
    const ids = Array.from({ length: 100 }, () => render());
    const begun = performance.now();
    const followings = await Promise.all(ids.map((id) => follow(here.gateway, id)));
    await Promise.all(followings.map((following) => untilEvents(following, 1)));
    // The gateway combines subscriptions that arrive within 10 ms. A timer may be 1 ms early.
    const first = polls(here.sandbox).length;
    const arrivalMs = performance.now() - begun;
    expect(first).toBeLessThanOrEqual(1 + arrivalMs / 9);
    await untilPolls(here.sandbox, first + 2);
    // A prompt whose subscription arrived alone is read alone once, then together with the others.
    const paths = polls(here.sandbox)
      .slice(first)
      .map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/prompts']));
    for (const id of ids) here.sandbox.astria.settle(id);
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING', 'SUCCEEDED']);
    // Later reads stay combined, except for subscriptions that arrived much later. Single reads would need 100 requests
    // in each of two rounds.
    expect(polls(here.sandbox).length - first).toBeLessThan(50);
  });
});
