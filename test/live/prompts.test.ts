import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { type Gateway, startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { until } from '../support/gateway.js';
import { temporaryFolder } from '../support/store.js';
import { type Following, follow, polls, TUNE, untilEvents, untilPolls } from './following.js';

let sandbox: Sandbox;
let disk: ReturnType<typeof temporaryFolder>;
let gateway: Gateway;
const open = (key: Record<string, string>): Promise<Gateway> =>
  startGateway(
    parseConfig({
      PORT: '0',
      ASTRIA_BASE_URL: sandbox.astriaUrl,
      PORTKEY_BASE_URL: sandbox.portkeyUrl,
      DATA_DIR: disk.folder,
      ...key,
    }),
    createLog('silent'),
  );
beforeAll(async () => {
  // Nothing settles by itself.
  sandbox = await startSandbox({ seed: 'empty', settleMs: 3_600_000 });
  disk = temporaryFolder();
});
afterAll(async () => {
  await sandbox.close();
  disk.remove();
});
beforeEach(async () => {
  sandbox.reset();
  gateway = await open({ ASTRIA_API_KEY: sandbox.astriaKey });
});
afterEach(() => gateway.close());

/** It has begun already, so that nothing changes before it settles. */
const render = (text = 'a cat'): number =>
  sandbox.astria.addPrompt({ text, images: null, callback: null }).id;

describe('a prompt', () => {
  it('is shown as it is, then as it has become, and that is the end', async () => {
    const id = render();
    const following = await follow(gateway, id);
    await untilEvents(following, 1);
    sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(following.events().at(-1)).toMatchObject({
      data: { promptUpdated: { id: String(id), images: { length: 4 }, error: null } },
    });
  });

  it('that fails ends as well, with the reason', async () => {
    const id = render('[fail] a cat');
    const following = await follow(gateway, id);
    await untilEvents(following, 1);
    sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'FAILED']);
    expect(following.events().at(-1)).toMatchObject({
      data: { promptUpdated: { images: [], error: expect.stringContaining('could not be rendered') } },
    });
  });

  it('that has settled is one event', async () => {
    const following = await follow(gateway, sandbox.astria.addPrompt().id);
    await following.ended;
    expect(following.words()).toEqual(['SUCCEEDED']);
    expect(polls(sandbox)).toHaveLength(1);
  });

  it('is null where there is none, and where it is deleted meanwhile', async () => {
    const id = render();
    const [missing, deleted] = [await follow(gateway, 1), await follow(gateway, id)];
    await untilEvents(deleted, 1);
    sandbox.astria.deletePrompt(id);
    await Promise.all([missing.ended, deleted.ended]);
    expect(missing.words()).toEqual([null]);
    expect(deleted.words()).toEqual(['RUNNING', null]);
  });

  it.each(['no-id', '0', '1e3', '../tunes', ''])(
    'is null under %j, which is no id, without a call',
    async (id) => {
      const following = await follow(gateway, id);
      await following.ended;
      expect(following.words()).toEqual([null]);
      expect(polls(sandbox)).toEqual([]);
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
    expect(polls(sandbox)).toEqual([]);
    await nobody.close();
  });
});

describe('the calls', () => {
  it('are one per interval, however many follow', async () => {
    const id = render();
    const followings = await Promise.all(Array.from({ length: 100 }, () => follow(gateway, id)));
    await untilPolls(sandbox, 3);
    sandbox.astria.settle(id);
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING', 'SUCCEEDED']);
    const times = polls(sandbox).map(({ at: time }) => time);
    // The pauses begin at a second; a clock may be a little off.
    for (const [n, time] of times.slice(1).entries()) expect(time - (times[n] ?? 0)).toBeGreaterThan(950);
  });

  it('for a hundred prompts are as few as their pages', async () => {
    const ids = Array.from({ length: 100 }, () => render());
    const followings = await Promise.all(ids.map((id) => follow(gateway, id)));
    await Promise.all(followings.map((following) => untilEvents(following, 1)));
    // They arrive one after another; those that arrive within ten milliseconds are read together.
    const first = polls(sandbox).length;
    expect(first).toBeLessThan(34);
    await untilPolls(sandbox, first + 2);
    const paths = polls(sandbox).map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/prompts']));
    for (const id of ids) sandbox.astria.settle(id);
    await Promise.all(followings.map(({ ended }) => ended));
    for (const { words } of followings) expect(words()).toEqual(['RUNNING', 'SUCCEEDED']);
    // From then on they stay together.
    expect(polls(sandbox).length - first).toBeLessThanOrEqual(4);
  });

  it('under another key are others', async () => {
    const other = await open({ ASTRIA_API_KEY: 'sd_sandbox_other' });
    const id = render();
    const [own, theirs] = [await follow(gateway, id), await follow(other, id)];
    await theirs.ended;
    await untilEvents(own, 1);
    expect([own.words(), theirs.words()]).toEqual([['RUNNING'], [null]]);
    await other.close();
  });

  it('end when nobody follows any more', async () => {
    const [left, kept] = [render(), render()];
    const following = await follow(gateway, left);
    const other = await follow(gateway, kept);
    await Promise.all([following, other].map((one) => untilEvents(one, 1)));
    following.leave();
    await following.ended;
    sandbox.clearRequests();
    await untilPolls(sandbox, 2);
    expect(new Set(polls(sandbox).map(({ path }) => path))).toEqual(new Set([`/prompts/${kept}.json`]));
  });

  it('wait for as long as Astria says', async () => {
    const id = render();
    const following = await follow(gateway, id);
    await untilEvents(following, 1);
    sandbox.addFault({ upstream: 'astria', kind: '429', retryAfter: 3 });
    const [, limited, after] = await until(
      () => polls(sandbox),
      ({ length }) => length >= 3,
    );
    expect(limited?.status).toBe(429);
    expect((after?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThan(2_950);
    sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  it('may fail for a while', async () => {
    const id = render();
    const following = await follow(gateway, id);
    await untilEvents(following, 1);
    sandbox.addFault({ upstream: 'astria', kind: '500' });
    sandbox.addFault({ upstream: 'astria', kind: 'drop-before' });
    await untilPolls(sandbox, 3);
    sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  it('that fail at the first are one error, and the end', async () => {
    sandbox.addFault({ upstream: 'astria', kind: '500' });
    const following = await follow(gateway, render());
    await following.ended;
    expect(following.words()).toEqual(['UPSTREAM_UNAVAILABLE']);
  });
});

describe('a tune', () => {
  it('is followed until it is trained', async () => {
    const { id } = sandbox.astria.trainTune({ title: 'Ada' });
    const following = await follow(gateway, id, TUNE);
    await untilEvents(following, 1);
    sandbox.astria.finishTraining(id);
    await following.ended;
    expect(following.words()).toEqual(['TRAINING', 'TRAINED']);
  });

  it('is null where there is none', async () => {
    const following = await follow(gateway, 1, TUNE);
    await following.ended;
    expect(following.words()).toEqual([null]);
  });
});

it('all that is followed ends with the gateway', async () => {
  const followings: Following[] = [await follow(gateway, render()), await follow(gateway, render())];
  await Promise.all(followings.map((following) => untilEvents(following, 1)));
  await gateway.close();
  await Promise.all(followings.map(({ ended }) => ended));
  for (const { words } of followings) expect(words()).toEqual(['RUNNING']);
});
