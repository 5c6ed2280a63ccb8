import { expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { follow, polls, TUNE, untilEvents, untilPolls } from './following.js';
import { withGateway } from './live-gateway.js';

// The slowest tests come first. They mostly wait between calls and run concurrently.
it.concurrent('a tune is followed until it is trained', () =>
  withGateway(async (here) => {
    const { id } = here.sandbox.astria.trainTune({ title: 'Ada' });
    const following = await follow(here.gateway, id, TUNE);
    await untilEvents(following, 1);
    here.sandbox.astria.finishTraining(id);
    await following.ended;
    expect(following.words()).toEqual(['TRAINING', 'TRAINED']);
  }));

it.concurrent('a subscription to a prompt survives failed reads', () =>
  withGateway(async (here) => {
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

it.concurrent('the reads of a prompt respect a Retry-After of Astria', () =>
  withGateway(async (here) => {
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

it.concurrent('the reads of a prompt end with its last subscriber', () =>
  withGateway(async (here) => {
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

it.concurrent('the reads of a prompt are separate under another key', () =>
  withGateway(async (here) => {
    const other = await here.open({ ASTRIA_API_KEY: 'sd_sandbox_other' });
    const id = here.render();
    const [own, theirs] = [await follow(here.gateway, id), await follow(other, id)];
    await theirs.ended;
    await untilEvents(own, 1);
    expect([own.words(), theirs.words()]).toEqual([['RUNNING'], [null]]);
    await other.close();
  }));

it.concurrent('a subscription to a prompt ends with one error when the first read fails', () =>
  withGateway(async (here) => {
    here.sandbox.addFault({ upstream: 'astria', kind: '500' });
    const following = await follow(here.gateway, here.render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAVAILABLE']);
  }));

it.concurrent('a subscription to a prompt shows its current state, then its result, and ends', () =>
  withGateway(async (here) => {
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

it.concurrent('a subscription to a prompt that fails ends with the reason', () =>
  withGateway(async (here) => {
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

it.concurrent('a subscription to a prompt yields null when the prompt does not exist or is deleted', () =>
  withGateway(async (here) => {
    const id = here.render();
    const [missing, deleted] = [await follow(here.gateway, 1), await follow(here.gateway, id)];
    await untilEvents(deleted, 1);
    here.sandbox.astria.deletePrompt(id);
    await Promise.all([missing.ended, deleted.ended]);
    expect(missing.words()).toEqual([null]);
    expect(deleted.words()).toEqual(['RUNNING', null]);
  }));

it.concurrent('a subscription to a settled prompt is a single event', () =>
  withGateway(async (here) => {
    const following = await follow(here.gateway, here.sandbox.astria.addPrompt().id);
    await following.ended;
    expect(following.words()).toEqual(['SUCCEEDED']);
    expect(polls(here.sandbox)).toHaveLength(1);
  }));

it.concurrent('a subscription to a prompt with a malformed id yields null without a call', () =>
  withGateway(async (here) => {
    for (const id of ['no-id', '0', '1e3', '../tunes', '']) {
      const following = await follow(here.gateway, id);
      await following.ended;
      expect([id, following.words()]).toEqual([id, [null]]);
    }
    expect(polls(here.sandbox)).toEqual([]);
  }));

it.concurrent('a subscription with a key that Astria rejects ends with one error', () =>
  withGateway(async (here) => {
    const stranger = await here.open({ ASTRIA_API_KEY: 'sd_wrong' });
    const following = await follow(stranger, here.render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAUTHENTICATED']);
    await stranger.close();
  }));

it.concurrent('a subscription without a key fails before anything is sent', () =>
  withGateway(async (here) => {
    const nobody = await here.open({});
    const following = await follow(nobody, here.render());
    await following.ended;
    expect(following.words()).toEqual(['UNAUTHENTICATED']);
    expect(polls(here.sandbox)).toEqual([]);
    await nobody.close();
  }));

it.concurrent('a subscription to an unknown tune yields null', () =>
  withGateway(async (here) => {
    const following = await follow(here.gateway, 1, TUNE);
    await following.ended;
    expect(following.words()).toEqual([null]);
  }));

it.concurrent('subscriptions end with the gateway', () =>
  withGateway(async (here) => {
    const followings = [await follow(here.gateway, here.render()), await follow(here.gateway, here.render())];
    await Promise.all(followings.map((following) => untilEvents(following, 1)));
    await here.gateway.close();
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING']);
  }));
