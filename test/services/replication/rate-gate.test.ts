import { describe, expect, it } from '@jest/globals';
import { CancellationToken, JobStoppedError } from '../../../src/services/replication/jobs/cancellation.js';
import { RateGate } from '../../../src/services/replication/jobs/job-client.js';

const never = new CancellationToken();
/** Timers may fire a millisecond early by the wall clock. */
const TIMER_SLACK_MS = 2;

/** @param start When the first hold began. */
async function elapsed(start: number, work: Promise<void>): Promise<number> {
  await work;
  return Date.now() - start;
}

describe('RateGate', () => {
  it('lets through at once what nobody holds', async () => {
    const gate = new RateGate();
    const order: string[] = [];
    const passed = gate.pass(never).then(() => order.push('passed'));
    setImmediate(() => order.push('later'));
    await passed;
    expect(order).toEqual(['passed']);
  });

  it('holds everything back for as long as it was told', async () => {
    const gate = new RateGate();
    const start = Date.now();
    gate.hold(60);
    const waits = await Promise.all([gate.pass(never), gate.pass(never)].map((pass) => elapsed(start, pass)));
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(60 - TIMER_SLACK_MS);
  });

  it('is not opened earlier by a shorter hold, and holds longer those who wait already', async () => {
    const gate = new RateGate();
    const start = Date.now();
    gate.hold(40);
    const passing = elapsed(start, gate.pass(never));
    gate.hold(100);
    gate.hold(1);
    expect(await passing).toBeGreaterThanOrEqual(100 - TIMER_SLACK_MS);
  });

  it('gives up when the job is to stop, before and while it waits', async () => {
    const gate = new RateGate();
    gate.hold(60_000);
    const token = new CancellationToken();
    const passing = gate.pass(token);
    token.stop('CLOSING');
    await expect(passing).rejects.toThrow(JobStoppedError);
    await expect(gate.pass(token)).rejects.toThrow(JobStoppedError);
  });
});
