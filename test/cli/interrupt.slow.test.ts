import { describe, expect, it } from '@jest/globals';
import { until } from '../support/gateway.js';
import { addPrompts, createsSent, expectedReplicas, parseCsv, replicaNames, resumedId } from './command.js';
import { CommandProcess } from './command-process.js';
import { describeCliFixture } from './describe-cli-fixture.js';

const fixture = describeCliFixture();

const REPLICATE = ['replicate', '--to', 'gpt-5', '--yes', '--concurrency', '1'] as const;

/** Presses Ctrl-C after a number of create requests. */
async function interruptAfter(creates: number, command: CommandProcess): Promise<void> {
  await until(
    () => createsSent(fixture.sandbox),
    (sent) => sent >= creates,
  );
  command.interrupt();
}

describe('Ctrl-C', () => {
  it('Ctrl-C cancels the job and says how to resume it, which completes it', async () => {
    addPrompts(fixture.sandbox, 16);
    fixture.onCreates({ kind: 'slow-body', delayMs: 200 });
    const command = new CommandProcess(REPLICATE, fixture.env);
    await interruptAfter(3, command);
    const { status, stdout, stderr } = await command.ended;
    expect(status).toBe(130);
    const [, created, pending] =
      /^Cancelled: (\d+) created, (\d+) pending\. Continue with: npx promptgate resume \S+$/m.exec(stderr) ??
      [];
    expect(Number(created) + Number(pending)).toBe(16);
    expect(replicaNames(fixture.sandbox)).toHaveLength(Number(created));
    expect(parseCsv(stdout).filter((row) => row.status === 'CREATED')).toHaveLength(Number(created));
    expect(parseCsv(stdout)).toHaveLength(16);

    fixture.sandbox.clearFaults();
    const resumed = await fixture.runAlone('resume', resumedId(stderr), '--json');
    expect(resumed.status).toBe(0);
    expect(resumed.stderr).toMatch(/^Completed: 16 created\.$/m);
    expect(JSON.parse(resumed.stdout)).toHaveLength(16);
    expect(replicaNames(fixture.sandbox)).toEqual(expectedReplicas(16));
  });

  it('Ctrl-C twice ends the command immediately', async () => {
    addPrompts(fixture.sandbox, 2);
    fixture.onCreates({ kind: 'stall-headers' });
    const command = new CommandProcess(REPLICATE, fixture.env);
    await interruptAfter(1, command);
    await until(
      () => command.stderr,
      (text) => /^Cancelling\. .*npx promptgate cancel \S+$/m.test(text),
    );
    command.interrupt();
    expect((await command.ended).status).toBe(130);
  });

  it('Ctrl-C before the start of the job creates nothing', async () => {
    addPrompts(fixture.sandbox, 2);
    const slow = { kind: 'slow-body', delayMs: 1000 } as const;
    fixture.sandbox.addFault({ ...slow, upstream: 'portkey', path: '/prompts/*', times: 0 });
    const command = fixture.start(...REPLICATE);
    await until(
      () => fixture.sandbox.requests({ path: '/prompts/*' }).length,
      (reads) => reads > 0,
    );
    command.interrupt();
    const { status, stdout, stderr } = await command.ended;
    expect([status, stdout, stderr]).toEqual([130, '', 'Interrupted. Nothing was started.\n']);
    expect(createsSent(fixture.sandbox)).toBe(0);
  });
});

it('the job of a killed command can be resumed', async () => {
  addPrompts(fixture.sandbox, 6);
  fixture.onCreates({ kind: 'slow-body', delayMs: 200 });
  const command = new CommandProcess(REPLICATE, fixture.env);
  await until(
    () => createsSent(fixture.sandbox),
    (sent) => sent >= 3,
  );
  command.kill();
  await command.ended;
  fixture.sandbox.clearFaults();
  const listed = await fixture.runAlone('replications', '--status', 'interrupted', '--json', '--first', '1');
  const [job]: { id: string }[] = JSON.parse(listed.stdout);
  const { status } = await fixture.run('resume', job?.id ?? '');
  expect(status).toBe(0);
  expect(replicaNames(fixture.sandbox)).toEqual(expectedReplicas(6));
});

it('the cancel command cancels a running job and leaves a completed one unchanged', async () => {
  addPrompts(fixture.sandbox, 20);
  fixture.onCreates({ kind: 'slow-body', delayMs: 200 });
  const following = fixture.start(...REPLICATE);
  await until(
    () => createsSent(fixture.sandbox),
    (sent) => sent >= 2,
  );
  const listed = await fixture.run('replications', '--json', '--first', '1');
  const [job]: { id: string }[] = JSON.parse(listed.stdout);
  const { status, stderr } = await fixture.run('cancel', job?.id ?? '');
  expect(status).toBe(0);
  expect(stderr).toMatch(/^Cancelled: \d+ created, \d+ pending\. Continue with: npx promptgate resume /m);
  expect((await following.ended).status).toBe(1);
  expect(replicaNames(fixture.sandbox).length).toBeLessThan(20);
  expect((await fixture.run('cancel', 'no-such-id')).status).toBe(2);
  fixture.sandbox.clearFaults();
  expect((await fixture.run('resume', job?.id ?? '')).status).toBe(0);
  const late = await fixture.run('cancel', job?.id ?? '');
  expect(late.status).toBe(0);
  expect(late.stderr).toContain('The replication has already ended. Nothing was cancelled.');
});
