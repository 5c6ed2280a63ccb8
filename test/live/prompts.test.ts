import { describe, expect, it } from '@jest/globals';
import { type Following, follow, polls, TUNE, untilEvents } from './following.js';
import { liveGateway } from './live-gateway.js';

const here = liveGateway();
const { open, render } = here;

describe('a prompt', () => {
  it('is shown as it is, then as it has become, and that is the end', async () => {
    const id = render();
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(following.events().at(-1)).toMatchObject({
      data: { promptUpdated: { id: String(id), images: { length: 4 }, error: null } },
    });
  });

  it('that fails ends as well, with the reason', async () => {
    const id = render('[fail] a cat');
    const following = await follow(here.gateway, id);
    await untilEvents(following, 1);
    here.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'FAILED']);
    expect(following.events().at(-1)).toMatchObject({
      data: { promptUpdated: { images: [], error: expect.stringContaining('could not be rendered') } },
    });
  });

  it('that has settled is one event', async () => {
    const following = await follow(here.gateway, here.sandbox.astria.addPrompt().id);
    await following.ended;
    expect(following.words()).toEqual(['SUCCEEDED']);
    expect(polls(here.sandbox)).toHaveLength(1);
  });

  it('is null where there is none, and where it is deleted meanwhile', async () => {
    const id = render();
    const [missing, deleted] = [await follow(here.gateway, 1), await follow(here.gateway, id)];
    await untilEvents(deleted, 1);
    here.sandbox.astria.deletePrompt(id);
    await Promise.all([missing.ended, deleted.ended]);
    expect(missing.words()).toEqual([null]);
    expect(deleted.words()).toEqual(['RUNNING', null]);
  });

  it.each(['no-id', '0', '1e3', '../tunes', ''])(
    'is null under %j, which is no id, without a call',
    async (id) => {
      const following = await follow(here.gateway, id);
      await following.ended;
      expect(following.words()).toEqual([null]);
      expect(polls(here.sandbox)).toEqual([]);
    },
  );
});

describe('a key', () => {
  it('that Astria refuses is one error, and the end', async () => {
    const stranger = await open({ ASTRIA_API_KEY: 'sd_wrong' });
    const following = await follow(stranger, render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAUTHENTICATED']);
    await stranger.close();
  });

  it('that is not there is an error before anything is sent', async () => {
    const nobody = await open({});
    const following = await follow(nobody, render());
    await following.ended;
    expect(following.words()).toEqual(['UNAUTHENTICATED']);
    expect(polls(here.sandbox)).toEqual([]);
    await nobody.close();
  });
});

describe('a tune', () => {
  it('is followed until it is trained', async () => {
    const { id } = here.sandbox.astria.trainTune({ title: 'Ada' });
    const following = await follow(here.gateway, id, TUNE);
    await untilEvents(following, 1);
    here.sandbox.astria.finishTraining(id);
    await following.ended;
    expect(following.words()).toEqual(['TRAINING', 'TRAINED']);
  });

  it('is null where there is none', async () => {
    const following = await follow(here.gateway, 1, TUNE);
    await following.ended;
    expect(following.words()).toEqual([null]);
  });
});

it('all that is followed ends with the gateway', async () => {
  const followings: Following[] = [
    await follow(here.gateway, render()),
    await follow(here.gateway, render()),
  ];
  await Promise.all(followings.map((following) => untilEvents(following, 1)));
  await here.gateway.close();
  await Promise.all(followings.map(({ ended }) => ended));
  for (const { words } of followings) expect(words()).toEqual(['RUNNING']);
});
