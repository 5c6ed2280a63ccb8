import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BREAKER } from '../../src/upstream/breaker.js';
import { follow, polls, untilEvents } from '../live/following.js';
import { CREATE, create, promptsWith, sent, TUNE } from '../prompts/creating.js';
import { creates, library, names, replicate } from '../replication/replicating.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';

const HALF_OPEN_AFTER_MS = 400;
const MINIMUM = 6;

let gateway: TestGateway;
beforeEach(async () => {
  const times = { halfOpenAfterMs: HALF_OPEN_AFTER_MS, longestMs: HALF_OPEN_AFTER_MS, windowMs: 1_000 };
  gateway = await startTestGateway({
    config: { upstreamTimes: { breaker: { ...BREAKER, minimum: MINIMUM, ...times } } },
  });
});
afterEach(() => gateway.close());

/** The states that were logged, each with its upstream. */
const states = () =>
  gateway.logLines.flatMap((line) => {
    const { upstream, breaker }: Record<string, unknown> = JSON.parse(line);
    return breaker === undefined ? [] : [`${upstream} ${breaker}`];
  });
const untilLogged = (state: string) =>
  until(states, (logged) => logged.includes(state)).then(() => gateway.sandbox.requests().length);
const down = (upstream: 'astria' | 'portkey') =>
  gateway.sandbox.addFault({ upstream, kind: '500', times: 0 });
const TUNES = '{ tunes(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }';

/** Lets Astria fail until it is not asked any more. */
async function open(): Promise<void> {
  down('astria');
  for (let n = 0; n < MINIMUM; n += 1) await gateway.graphql(TUNES);
  await untilLogged('astria open');
  gateway.sandbox.clearRequests();
}

describe('an API that is dead', () => {
  it('is asked no more, which harms nothing of the other one, and is found when it is back', async () => {
    await open();
    const { data, errors } = await gateway.graphql(TUNES);
    expect(errors).toMatchObject([
      {
        path: ['tunes'],
        message: expect.stringMatching(/^Astria is failing: nothing was sent, .* \d\d:\d\d:\d\d UTC$/),
        extensions: { code: 'UPSTREAM_UNAVAILABLE', upstream: 'astria', retryAfter: 1 },
      },
    ]);
    expect(errors).toHaveLength(1);
    expect(at(data, 'portkeyPrompts.nodes.0.id')).toEqual(expect.any(String));
    expect(polls(gateway.sandbox)).toEqual([]);
    gateway.sandbox.clearFaults();
    await until(
      () => gateway.graphql(TUNES),
      (answer) => answer.errors === undefined,
    );
    expect(states()).toEqual(['astria open', 'astria half-open', 'astria closed']);
  });

  it('gets no create, which is certain: the key stays free', async () => {
    await open();
    const text = 'once';
    const { data, errors } = await gateway.graphql(CREATE, { tuneId: TUNE, input: { text }, key: 'k' });
    expect(data).toEqual({ createPrompt: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 1 } }]);
    expect(sent(gateway)).toBe(0);
    gateway.sandbox.clearFaults();
    // Other arguments under the same key, as nothing has come of it.
    const other = await until(
      () => create(gateway, { text: 'something else' }, 'k'),
      ({ errors }) => errors.length === 0,
    );
    expect(other).toMatchObject({ id: expect.any(String), codes: [] });
    expect([promptsWith(gateway, text), sent(gateway)]).toEqual([[], 1]);
  });

  it('ends no subscription that has begun', async () => {
    const id = gateway.sandbox.astria.addPrompt({ text: 'a cat', images: null, callback: null }).id;
    const following = await follow(gateway, id);
    await untilEvents(following, 1);
    await open();
    await untilLogged('astria half-open');
    gateway.sandbox.clearFaults();
    gateway.sandbox.astria.settle(id);
    await following.ended;
    expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  it('holds a whole replication, of which nothing fails', async () => {
    const { sandbox } = gateway;
    for (const { id } of library(sandbox)) sandbox.portkey.prompts.delete(id);
    for (let n = 0; n < 25; n += 1) sandbox.portkey.addPrompt({ name: `p${n}` });
    const running = replicate(gateway, { options: { concurrency: 8 } });
    await until(
      () => creates(sandbox),
      (count) => count > 0,
    );
    down('portkey');
    const asked = await untilLogged('portkey open');
    await until(
      () => states().filter((state) => state === 'portkey half-open').length,
      (tries) => tries >= 2,
    );
    // One at a time finds out, and what was under way before.
    expect(sandbox.requests().length - asked).toBeLessThanOrEqual(2 + 8);
    sandbox.clearFaults();
    const job = await running;
    expect(job.items.filter(({ status }) => status !== 'CREATED')).toEqual([]);
    expect(job).toMatchObject({ status: 'COMPLETED', counts: { created: 25 } });
    expect(new Set(names(sandbox)).size).toBe(50);
    expect(names(sandbox)).toHaveLength(50);
  });
});
