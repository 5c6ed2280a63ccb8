import { describe, expect, it } from '@jest/globals';
import type { SandboxOptions } from '../../src/sandbox/index.js';
import { create, createFault, promptsWith } from '../prompts/creating.js';
import { library, replicate } from '../replication/replicating.js';
import { Deployment, type KillableGateway } from '../support/deployment.js';
import { at, until } from '../support/gateway.js';
import { CLOCK_KINDS, type ClockKind, SteppedClock } from '../support/stepped-clock.js';

const MINUTE_MS = 60_000;
const STEPS = [
  ['back by half an hour', -30 * MINUTE_MS],
  ['forward by an hour', 60 * MINUTE_MS],
] as const;
const CASES = CLOCK_KINDS.flatMap((kind) => STEPS.map(([what, ms]) => [what, kind, ms] as const));
/** Allows several gateway processes at a time on a busy machine. */
const PATIENCE_MS = 180_000;

/** Runs work with a gateway whose clock can be set. */
async function withGateway(
  kind: ClockKind,
  options: SandboxOptions,
  work: (gateway: KillableGateway, clock: SteppedClock) => Promise<void>,
): Promise<void> {
  const clock = new SteppedClock(kind);
  const deployment = await Deployment.open(options);
  try {
    await work(await deployment.start({ ...clock.env, LOST_RESPONSE_TIMEOUT_MS: '5000' }), clock);
  } finally {
    await deployment.close();
    clock.remove();
  }
}

/** Returns true once the gateway searches for the replica whose response was lost. */
function isSearching({ sandbox }: KillableGateway): boolean {
  const calls = sandbox.requests({ upstream: 'portkey' });
  const sent = calls.findIndex(({ method }) => method === 'POST');
  return sent >= 0 && calls.slice(sent).some(({ query }) => query.search !== undefined);
}

/** Returns true once the gateway has read the 429 response. */
async function isThrottled({ url }: KillableGateway): Promise<boolean> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return /^promptgate_upstream_attempts_total\{.*status="429"/m.test(metrics);
}

describe('setting the clock', () => {
  it.concurrent.each(CASES)(
    '%s (%s) creates every replica exactly once',
    (_what, kind, stepMs) =>
      withGateway(kind, {}, async (gateway, clock) => {
        const { sandbox } = gateway;
        for (let n = 0; n < 4; n += 1) sandbox.portkey.addPrompt({ name: `prompt ${n}` });
        const creates = { upstream: 'portkey', method: 'POST', path: '/prompts' } as const;
        // The first replica is created after the clock is set. A later request is rate limited.
        sandbox.addFault({ ...creates, kind: 'drop-late', delayMs: 1_500 });
        sandbox.addFault({ ...creates, kind: '429', retryAfter: 2, skip: 1 });
        const running = replicate(gateway, { options: { concurrency: 1 } });
        await until(() => isSearching(gateway), Boolean, 30_000);
        clock.set(stepMs);
        await until(() => isThrottled(gateway), Boolean, 30_000);
        clock.set(2 * stepMs);
        const job = await running;
        expect(job).toMatchObject({ status: 'COMPLETED', error: null, counts: { created: 4 } });
        expect(sandbox.requests(creates)).toHaveLength(5);
        const names = library(sandbox).map(({ name }) => name);
        expect([names.length, new Set(names).size]).toEqual([8, 8]);
      }),
    PATIENCE_MS,
  );

  it.concurrent.each(CASES)(
    '%s (%s) loses no prompt and returns no older one',
    (_what, kind, stepMs) =>
      withGateway(kind, { seed: 'library', settleMs: MINUTE_MS }, async (gateway, clock) => {
        const { sandbox } = gateway;
        const older = (await create(gateway, { text: 'a cat', seed: 1 })).id;
        // Astria creates the prompt after the clock is set.
        sandbox.addFault(createFault('drop-late', { delayMs: 1_500 }));
        const creates = { upstream: 'astria', method: 'POST' } as const;
        const running = create(gateway, { text: 'a cat', seed: 1 });
        await until(
          () => sandbox.requests(creates).length,
          (count) => count === 2,
          30_000,
        );
        clock.set(stepMs);
        const { id, codes } = await running;
        expect(codes).toEqual([]);
        expect(promptsWith(gateway, 'a cat')).toEqual([older, id]);
        expect(sandbox.requests(creates)).toHaveLength(2);
      }),
    PATIENCE_MS,
  );

  it.concurrent.each(CASES)(
    '%s (%s) does not change how long a date in Retry-After delays calls',
    (_what, kind, stepMs) =>
      withGateway(kind, {}, async (gateway, clock) => {
        const { sandbox } = gateway;
        sandbox.portkey.addPrompt({ name: 'prompt' });
        clock.set(stepMs);
        const inSeconds = (seconds: number) => new Date(Date.now() + 1_000 * seconds).toUTCString();
        const limited = { kind: '429', method: 'GET' } as const;
        sandbox.addFault({ ...limited, upstream: 'astria', retryAfter: inSeconds(40) });
        const { errors } = await gateway.graphql('{ tune(id: 1) { id } }');
        const { code, retryAfter } = errors?.[0]?.extensions ?? {};
        expect(code).toBe('UPSTREAM_RATE_LIMITED');
        expect(retryAfter).toBeGreaterThan(5);
        expect(retryAfter).toBeLessThanOrEqual(41);
        const creates = { upstream: 'portkey', method: 'POST', path: '/prompts' } as const;
        sandbox.addFault({ ...creates, kind: '429', retryAfter: inSeconds(8) });
        const job = await replicate(gateway, { awaitSeconds: 60 });
        expect(job).toMatchObject({ status: 'COMPLETED', error: null, counts: { created: 1 } });
        const [first, second] = sandbox.requests(creates);
        expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(2_000);
      }),
    PATIENCE_MS,
  );

  it.concurrent.each(CASES)(
    '%s (%s) does not prolong the pause of the circuit breaker',
    (_what, kind, stepMs) =>
      withGateway(kind, { seed: 'library' }, async (gateway, clock) => {
        const { sandbox } = gateway;
        sandbox.addFault({ upstream: 'astria', kind: '503', method: 'GET', times: 0 });
        const read = async (n = 1) => {
          const { data, errors } = await gateway.graphql(`{ tune(id: ${n}) { id } }`);
          return [at(data, 'tune') !== undefined && !errors, errors?.[0]?.message];
        };
        await Promise.all(Array.from({ length: 30 }, (_, n) => read(n + 1)));
        await until(read, ([, message]) => String(message).includes('nothing was sent'), 30_000);
        clock.set(stepMs);
        sandbox.clearFaults();
        await until(read, ([isRead]) => isRead === true, 60_000);
      }),
    PATIENCE_MS,
  );
});
