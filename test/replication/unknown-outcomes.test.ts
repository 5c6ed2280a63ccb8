import { beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { creates, lines, names, replicate, upstream } from './replicating.js';

/** Longer than the delay of the late create request in the first test. */
const SETTLE_MS = 900;

const gateway = describeGateway({
  env: { LOST_RESPONSE_TIMEOUT_MS: String(SETTLE_MS) },
  sandbox: { seed: 'empty' },
});
beforeEach(() => gateway.sandbox.reset());

const loseAndDelay = (delayMs: number) =>
  gateway.sandbox.addFault({ upstream: 'portkey', kind: 'drop-late', method: 'POST', delayMs });

describe('create request that takes effect after its connection was lost', () => {
  it('a create request that takes effect after its connection was lost is awaited and not sent again', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    loseAndDelay(600);
    const job = await replicate(gateway);
    expect(lines(job)).toEqual(['a: CREATE CREATED']);
    expect(job.items[0]).toMatchObject({
      error: null,
      replica: { id: upstream(gateway.sandbox, 'a-replica').id },
    });
    expect(names(gateway.sandbox)).toEqual(['a', 'a-replica']);
    expect(creates(gateway.sandbox)).toBe(1);
  });

  it('a create request that takes effect after its connection was lost is reported as a duplicate with CONFLICT when it takes effect after its retry', async () => {
    // The sandbox rejects a duplicate name only within one collection.
    const { sandbox } = gateway;
    const elsewhere = sandbox.portkey.addCollection({ name: 'Elsewhere' });
    sandbox.portkey.addPrompt({ name: 'a' });
    sandbox.addFault({ upstream: 'portkey', kind: 'drop-before', method: 'POST' });
    // Delays the second create request until the first has taken effect.
    sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 800 });
    const running = replicate(gateway);
    const second = await new Promise<unknown>((resolve) => {
      const timer = setInterval(() => {
        const bodies = sandbox.requests({ method: 'POST' }).map(({ body }) => body);
        if (bodies.length === 2 && names(sandbox).includes('a-replica')) {
          clearInterval(timer);
          resolve(bodies[1]);
        }
      }, 5);
    });
    expect(second).toMatchObject({ name: 'a-replica' });
    const replica = upstream(sandbox, 'a-replica');
    const late = sandbox.portkey.addPrompt({
      name: 'a-replica',
      collection_id: elsewhere.id,
      template_metadata: replica.version.template_metadata,
    });
    const job = await running;
    expect(lines(job)).toEqual(['a: CREATE CREATED CONFLICT']);
    expect(job.items[0]?.error?.message).toContain(late.id);
    expect(job.counts).toMatchObject({ created: 1, failed: 0 });
  });
});
