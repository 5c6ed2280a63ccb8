import { expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { follow, polls, TUNE, untilEvents, untilPolls } from './following.js';
import { alone } from './live-gateway.js';

// The longest come first: nearly all of the time is pauses between the calls, which pass for all of them at once.
it.concurrent('a tune is followed until it is trained', () =>
  alone(async (here) => {
    const { id } = here.sandbox.astria.trainTune({ title: 'Ada' });
    const following = await follow(here.gateway, id, TUNE);
    await untilEvents(following, 1);
    here.sandbox.astria.finishTraining(id);
    await following.ended;
    expect(following.words()).toEqual(['TRAINING', 'TRAINED']);
  }));

it.concurrent('calls for a prompt may fail for a while', () =>
  alone(async (here) => {
    const id = here.render();
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.addFault({ upstream: 'astria', kind: '500' });
    here.sandbox.addFault({ upstream: 'astria', kind: 'drop-before' });
    await untilPolls(here.sandbox, 3);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
  }));

it.concurrent('the calls for a prompt wait for as long as Astria says', () =>
  alone(async (here) => {
    const id = here.render();
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.addFault({ upstream: 'astria', kind: '429', retryAfter: 3 });
    const [, limited] = await until(
      () => polls(here.sandbox),
      ({ length }) => length >= 2,
    );
    expect(limited?.status).toBe(429);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
    const [, , after] = polls(here.sandbox);
    expect((after?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThan(2_950);
  }));

it.concurrent('the calls for a prompt end when nobody follows any more', () =>
  alone(async (here) => {
    const [left, kept] = [here.render(), here.render()];
    const following = await follow(here.gateway, left);
    const other = await follow(here.gateway, kept);
    await Promise.all([following, other].map((one) => untilEvents(one, 1)));
    following.leave();
    await following.ended;
    here.sandbox.clearRequests();
    await untilPolls(here.sandbox, 2);
    expect(new Set(polls(here.sandbox).map(({ path }) => path))).toEqual(new Set([`/prompts/${kept}.json`]));
    other.leave();
  }));

it.concurrent('the calls for a prompt under another key are others', () =>
  alone(async (here) => {
    const other = await here.open({ ASTRIA_API_KEY: 'sd_sandbox_other' });
    const id = here.render();
    const [own, theirs] = [await follow(here.gateway, id), await follow(other, id)];
    await theirs.ended;
    await untilEvents(own, 1);
    expect([own.words(), theirs.words()]).toEqual([['RUNNING'], [null]]);
    await other.close();
  }));

it.concurrent('calls for a prompt that fail at the first are one error, and the end', () =>
  alone(async (here) => {
    here.sandbox.addFault({ upstream: 'astria', kind: '500' });
    const following = await follow(here.gateway, here.render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAVAILABLE']);
  }));

it.concurrent('a prompt is shown as it is, then as it has become, and that is the end', () =>
  alone(async (here) => {
    const id = here.render();
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(following.events().at(-1)).toMatchObject({
      data: { promptUpdated: { id: String(id), images: { length: 4 }, error: null } },
    });
  }));

it.concurrent('a prompt that fails ends as well, with the reason', () =>
  alone(async (here) => {
    const id = here.render('[fail] a cat');
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'FAILED']);
    expect(following.events().at(-1)).toMatchObject({
      data: { promptUpdated: { images: [], error: expect.stringContaining('could not be rendered') } },
    });
  }));

it.concurrent('a prompt is null where there is none, and where it is deleted meanwhile', () =>
  alone(async (here) => {
    const id = here.render();
    const [missing, deleted] = [await follow(here.gateway, 1), await follow(here.gateway, id)];
    await untilEvents(deleted, 1);
    here.sandbox.astria.deletePrompt(id);
    await Promise.all([missing.ended, deleted.ended]);
    expect(missing.words()).toEqual([null]);
    expect(deleted.words()).toEqual(['RUNNING', null]);
  }));

it.concurrent('a prompt that has settled is one event', () =>
  alone(async (here) => {
    const following = await follow(here.gateway, here.sandbox.astria.addPrompt().id);
    await following.ended;
    expect(following.words()).toEqual(['SUCCEEDED']);
    expect(polls(here.sandbox)).toHaveLength(1);
  }));

it.concurrent('a prompt is null under what is no id, without a call', () =>
  alone(async (here) => {
    for (const id of ['no-id', '0', '1e3', '../tunes', '']) {
      const following = await follow(here.gateway, id);
      await following.ended;
      expect([id, following.words()]).toEqual([id, [null]]);
    }
    expect(polls(here.sandbox)).toEqual([]);
  }));

it.concurrent('a key that Astria refuses is one error, and the end', () =>
  alone(async (here) => {
    const stranger = await here.open({ ASTRIA_API_KEY: 'sd_wrong' });
    const following = await follow(stranger, here.render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAUTHENTICATED']);
    await stranger.close();
  }));

it.concurrent('a key that is not there is an error before anything is sent', () =>
  alone(async (here) => {
    const nobody = await here.open({});
    const following = await follow(nobody, here.render());
    await following.ended;
    expect(following.words()).toEqual(['UNAUTHENTICATED']);
    expect(polls(here.sandbox)).toEqual([]);
    await nobody.close();
  }));

it.concurrent('a tune is null where there is none', () =>
  alone(async (here) => {
    const following = await follow(here.gateway, 1, TUNE);
    await following.ended;
    expect(following.words()).toEqual([null]);
  }));

it.concurrent('all that is followed ends with the gateway', () =>
  alone(async (here) => {
    const followings = [await follow(here.gateway, here.render()), await follow(here.gateway, here.render())];
    await Promise.all(followings.map((following) => untilEvents(following, 1)));
    await here.gateway.close();
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING']);
  }));
