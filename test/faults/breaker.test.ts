import { describe, expect, it } from '@jest/globals';
import { BREAKER, type BreakerOptions } from '../../src/upstream/breaker.js';
import { follow, polls, untilEvents } from '../live/following.js';
import { CREATE, create, promptsWith, sent, TUNE } from '../prompts/creating.js';
import { creates, library, names, replicate } from '../replication/replicating.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { slowDown } from '../support/streams.js';

const HALF_OPEN_AFTER_MS = 400;
/** Keeps the breaker open until the next request, even on a busy machine. */
const LONG = { halfOpenAfterMs: 1_000, longestMs: 1_000 };
const MINIMUM = 6;

/** Runs a test with its own gateway. The tests mostly wait, so they run concurrently. */
async function withGateway(
  test: (gateway: TestGateway) => Promise<void>,
  breaker: Partial<BreakerOptions> = {},
): Promise<void> {
  const times = { halfOpenAfterMs: HALF_OPEN_AFTER_MS, longestMs: HALF_OPEN_AFTER_MS, windowMs: 10_000 };
  const gateway = await startTestGateway({
    config: { upstreamTimes: { breaker: { ...BREAKER, minimum: MINIMUM, ...times, ...breaker } } },
  });
  try {
    await test(gateway);
  } finally {
    await gateway.close();
  }
}

/** Logged states of the breakers, each with its upstream. */
const states = ({ logLines }: TestGateway) =>
  logLines.flatMap((line) => {
    const { upstream, breaker }: Record<string, unknown> = JSON.parse(line);
    return breaker === undefined ? [] : [`${upstream} ${breaker}`];
  });
const untilLogged = (gateway: TestGateway, state: string) =>
  until(
    () => states(gateway),
    (logged) => logged.includes(state),
  ).then(() => gateway.sandbox.requests().length);
const down = ({ sandbox }: TestGateway, upstream: 'astria' | 'portkey') =>
  sandbox.addFault({ upstream, kind: '500', times: 0 });
const TUNES = '{ tunes(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }';

/** Makes Astria fail until its breaker opens. */
async function open(gateway: TestGateway): Promise<void> {
  down(gateway, 'astria');
  for (let n = 0; n < MINIMUM; n += 1) await gateway.graphql(TUNES);
  await untilLogged(gateway, 'astria open');
  gateway.sandbox.clearRequests();
}

describe('failing upstream', () => {
  it.concurrent('a failing upstream gets no requests until it recovers, and does not affect the other upstream', () =>
    withGateway(async (gateway) => {
      await open(gateway);
      const { data, errors } = await gateway.graphql(TUNES);
      expect(errors).toMatchObject([
        {
          path: ['tunes'],
          message: expect.stringMatching(
            /^Astria is failing, so nothing was sent\. .* \d\d:\d\d:\d\d UTC\.$/,
          ),
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
      expect(states(gateway)).toEqual(['astria open', 'astria half-open', 'astria closed']);
    }, LONG));

  it.concurrent('a failing upstream gets no create request, so that the idempotency key can be reused', () =>
    withGateway(async (gateway) => {
      await open(gateway);
      const text = 'once';
      const { data, errors } = await gateway.graphql(CREATE, { tuneId: TUNE, input: { text }, key: 'k' });
      expect(data).toEqual({ createPrompt: null });
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 1 } }]);
      expect(sent(gateway)).toBe(0);
      gateway.sandbox.clearFaults();
      // The key accepts other arguments because the first request had no effect.
      const other = await until(
        () => create(gateway, { text: 'something else' }, 'k'),
        ({ errors }) => errors.length === 0,
      );
      expect(other).toMatchObject({ id: expect.any(String), codes: [] });
      expect([promptsWith(gateway, text), sent(gateway)]).toEqual([[], 1]);
    }, LONG));

  it.concurrent('a failing upstream does not end a subscription in progress', () =>
    withGateway(async (gateway) => {
      const id = gateway.sandbox.astria.addPrompt({ text: 'a cat', images: null, callback: null }).id;
      const following = await follow(gateway, id);
      await untilEvents(following, 1);
      await open(gateway);
      await untilLogged(gateway, 'astria half-open');
      gateway.sandbox.clearFaults();
      gateway.sandbox.astria.settle(id);
      await following.ended;
      expect(following.words()).toEqual(['RUNNING', 'SUCCEEDED']);
    }));

  // With the low threshold the breaker opens despite earlier successes.
  it.concurrent('a failing upstream delays a whole replication without failing any item', () =>
    withGateway(
      async (gateway) => {
        const { sandbox } = gateway;
        for (const { id } of library(sandbox)) sandbox.portkey.prompts.delete(id);
        for (let n = 0; n < 25; n += 1) sandbox.portkey.addPrompt({ name: `p${n}` });
        // Keeps the job from ending too early.
        slowDown(gateway, 200);
        const running = replicate(gateway, { options: { concurrency: 8 } });
        await until(
          () => creates(sandbox),
          (count) => count > 0,
        );
        sandbox.clearFaults();
        down(gateway, 'portkey');
        const asked = await untilLogged(gateway, 'portkey open');
        await until(
          () => states(gateway).filter((state) => state === 'portkey half-open').length,
          (tries) => tries >= 2,
        );
        // The gateway sends one probe at a time, besides the requests that were in progress.
        expect(sandbox.requests().length - asked).toBeLessThanOrEqual(2 + 8);
        sandbox.clearFaults();
        const job = await running;
        expect(job.items.filter(({ status }) => status !== 'CREATED')).toEqual([]);
        expect(job).toMatchObject({ status: 'COMPLETED', counts: { created: 25 } });
        expect(new Set(names(sandbox)).size).toBe(50);
        expect(names(sandbox)).toHaveLength(50);
      },
      { threshold: 0.1 },
    ));
});
