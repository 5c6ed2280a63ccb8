import { describe, expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { follow, polls, untilEvents, untilPolls } from './following.js';
import { liveGateway } from './live-gateway.js';

const here = liveGateway();
const { open, render } = here;

describe('the calls for a prompt', () => {
  it('under another key are others', async () => {
    const other = await open({ ASTRIA_API_KEY: 'sd_sandbox_other' });
    const id = render();
    const [own, theirs] = [await follow(here.gateway, id), await follow(other, id)];
    await theirs.ended;
    await untilEvents(own, 1);
    expect([own.words(), theirs.words()]).toEqual([['RUNNING'], [null]]);
    await other.close();
  });

  it('end when nobody follows any more', async () => {
    const [left, kept] = [render(), render()];
    const following = await follow(here.gateway, left);
    const other = await follow(here.gateway, kept);
    await Promise.all([following, other].map((one) => untilEvents(one, 1)));
    following.leave();
    await following.ended;
    here.sandbox.clearRequests();
    await untilPolls(here.sandbox, 2);
    expect(new Set(polls(here.sandbox).map(({ path }) => path))).toEqual(new Set([`/prompts/${kept}.json`]));
  });

  it('wait for as long as Astria says', async () => {
    const id = render();
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.addFault({ upstream: 'astria', kind: '429', retryAfter: 3 });
    const [, limited, after] = await until(
      () => polls(here.sandbox),
      ({ length }) => length >= 3,
    );
    expect(limited?.status).toBe(429);
    expect((after?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThan(2_950);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
  });
});
