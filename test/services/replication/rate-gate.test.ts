import { describe, expect, it } from '@jest/globals';
import { CancellationToken, JobStoppedError } from '../../../src/services/replication/jobs/cancellation.js';
import { RateGate } from '../../../src/services/replication/jobs/job-client.js';

const never = new CancellationToken();
/** Timers may fire a millisecond early by the wall clock. */
const TIMER_SLACK_MS = 2;

/** Measures the time that work takes. @param start Time of the first hold. */
async function elapsed(start: number, work: Promise<void>): Promise<number> {
  await work;
  return Date.now() - start;
}

describe('RateGate', () => {
  it('RateGate lets calls pass immediately without a hold', async () => {
    const gate = new RateGate();
    const order: string[] = [];
    const passed = gate.pass(never).then(() => order.push('passed'));
    setImmediate(() => order.push('later'));
    await passed;
    expect(order).toEqual(['passed']);
  });

  it('RateGate delays all calls for the duration of the hold', async () => {
    const gate = new RateGate();
    const start = Date.now();
    gate.hold(60);
    const waits = await Promise.all([gate.pass(never), gate.pass(never)].map((pass) => elapsed(start, pass)));
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(60 - TIMER_SLACK_MS);
  });

  it('RateGate is extended by a longer hold, also for waiting calls, but not shortened by a shorter one', async () => {
    const gate = new RateGate();
    const start = Date.now();
    gate.hold(40);
    const passing = elapsed(start, gate.pass(never));
    gate.hold(100);
    gate.hold(1);
    expect(await passing).toBeGreaterThanOrEqual(100 - TIMER_SLACK_MS);
  });

  it('RateGate rejects calls before and during the wait when the job stops', async () => {
    const gate = new RateGate();
    gate.hold(60_000);
    const token = new CancellationToken();
    const passing = gate.pass(token);
    token.stop('CLOSING');
    await expect(passing).rejects.toThrow(JobStoppedError);
    await expect(gate.pass(token)).rejects.toThrow(JobStoppedError);
  });
});
