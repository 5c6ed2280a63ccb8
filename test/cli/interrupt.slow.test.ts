import { describe, expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { addPrompts, createsSent, expectedReplicas, parseCsv, replicaNames, resumedId } from './command.js';
import { CommandProcess } from './command-process.js';
import { describeWorkplace } from './describe-workplace.js';

const place = describeWorkplace();

const REPLICATE = ['replicate', '--to', 'gpt-5', '--yes', '--concurrency', '1'] as const;

/** Presses Ctrl-C once a number of creates have been sent. */
async function interruptAfter(creates: number, command: CommandProcess): Promise<void> {
  await until(
    () => createsSent(place.sandbox),
    (sent) => sent >= creates,
  );
  command.interrupt();
}

describe('Ctrl-C', () => {
  it('cancels, says how to go on, and what is resumed is completed once', async () => {
    addPrompts(place.sandbox, 16);
    place.onCreates({ kind: 'slow-body', delayMs: 200 });
    const command = new CommandProcess(REPLICATE, place.env);
    await interruptAfter(3, command);
    const { status, stdout, stderr } = await command.ended;
    expect(status).toBe(130);
    const [, created, pending] =
      /^Cancelled: (\d+) created, (\d+) pending\. Continue with: npx promptgate resume \S+$/m.exec(stderr) ??
      [];
    expect(Number(created) + Number(pending)).toBe(16);
    expect(replicaNames(place.sandbox)).toHaveLength(Number(created));
    expect(parseCsv(stdout).filter((row) => row.status === 'CREATED')).toHaveLength(Number(created));
    expect(parseCsv(stdout)).toHaveLength(16);

    place.sandbox.clearFaults();
    const resumed = await place.runAlone('resume', resumedId(stderr), '--json');
    expect(resumed.status).toBe(0);
    expect(resumed.stderr).toMatch(/^Completed: 16 created\.$/m);
    expect(JSON.parse(resumed.stdout)).toHaveLength(16);
    expect(replicaNames(place.sandbox)).toEqual(expectedReplicas(16));
  });

  it('twice ends at once', async () => {
    addPrompts(place.sandbox, 2);
    place.onCreates({ kind: 'stall-headers' });
    const command = new CommandProcess(REPLICATE, place.env);
    await interruptAfter(1, command);
    await until(
      () => command.stderr,
      (text) => /^Cancelling: .*npx promptgate cancel \S+$/m.test(text),
    );
    command.interrupt();
    expect((await command.ended).status).toBe(130);
  });

  it('before anything was started leaves nothing behind', async () => {
    addPrompts(place.sandbox, 2);
    const slow = { kind: 'slow-body', delayMs: 1000 } as const;
    place.sandbox.addFault({ ...slow, upstream: 'portkey', path: '/prompts/*', times: 0 });
    const command = place.start(...REPLICATE);
    await until(
      () => place.sandbox.requests({ path: '/prompts/*' }).length,
      (reads) => reads > 0,
    );
    command.interrupt();
    const { status, stdout, stderr } = await command.ended;
    expect([status, stdout, stderr]).toEqual([130, '', 'Interrupted. Nothing was started.\n']);
    expect(createsSent(place.sandbox)).toBe(0);
  });
});

it('a command that was killed can be resumed', async () => {
  addPrompts(place.sandbox, 6);
  place.onCreates({ kind: 'slow-body', delayMs: 200 });
  const command = new CommandProcess(REPLICATE, place.env);
  await until(
    () => createsSent(place.sandbox),
    (sent) => sent >= 3,
  );
  command.kill();
  await command.ended;
  place.sandbox.clearFaults();
  const listed = await place.runAlone('replications', '--status', 'interrupted', '--json', '--first', '1');
  const [job]: { id: string }[] = JSON.parse(listed.stdout);
  const { status } = await place.run('resume', job?.id ?? '');
  expect(status).toBe(0);
  expect(replicaNames(place.sandbox)).toEqual(expectedReplicas(6));
});

it('a replication that nobody follows can be cancelled', async () => {
  addPrompts(place.sandbox, 20);
  place.onCreates({ kind: 'slow-body', delayMs: 200 });
  const following = place.start(...REPLICATE);
  await until(
    () => createsSent(place.sandbox),
    (sent) => sent >= 2,
  );
  const listed = await place.run('replications', '--json', '--first', '1');
  const [job]: { id: string }[] = JSON.parse(listed.stdout);
  const { status, stderr } = await place.run('cancel', job?.id ?? '');
  expect(status).toBe(0);
  expect(stderr).toMatch(/^Cancelled: \d+ created, \d+ pending\. Continue with: npx promptgate resume /m);
  expect((await following.ended).status).toBe(1);
  expect(replicaNames(place.sandbox).length).toBeLessThan(20);
  expect((await place.run('cancel', 'no-such-id')).status).toBe(2);
  place.sandbox.clearFaults();
  expect((await place.run('resume', job?.id ?? '')).status).toBe(0);
  const late = await place.run('cancel', job?.id ?? '');
  expect(late.status).toBe(0);
  expect(late.stderr).toContain('The replication has already ended. Nothing was cancelled.');
});
