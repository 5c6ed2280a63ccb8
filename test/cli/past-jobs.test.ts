import { describe, expect, it } from '@jest/globals';
import { addPrompts, replicaNames } from './command.js';
import { describeCliFixture } from './describe-cli-fixture.js';

const fixture = describeCliFixture();

async function listed(
  ...args: string[]
): Promise<{ id: string; status: string; targetModel: string; dryRun: boolean }[]> {
  return JSON.parse((await fixture.run('replications', '--json', ...args)).stdout);
}

describe('replications', () => {
  it('replications lists jobs newest first, and dry runs only with --all', async () => {
    addPrompts(fixture.sandbox, 2);
    await fixture.run('replicate', '--to', 'gpt-5', '--yes');
    await fixture.run('replicate', '--to', 'gpt-4.1', '--yes', '--name', '{name}-{model}', '--search', 'p02');
    const [table, newest, dryRuns, ofModel, failed, none] = await Promise.all([
      fixture.run('replications'),
      listed(),
      listed('--all', '--status', 'planned'),
      listed('--model', 'gpt-5', '--first', '1'),
      listed('--status', 'FAILED', 'cancelled'),
      fixture.run('replications', '--model', 'none'),
    ]);
    const { status, stdout } = table;
    expect(status).toBe(0);
    expect(stdout).toMatch(/gpt-4\.1 +│ completed +│ 1 created[\s\S]*gpt-5 +│ completed +│ 2 created/);
    expect(newest).toMatchObject([
      { targetModel: 'gpt-4.1', status: 'COMPLETED', dryRun: false, counts: { total: 1, created: 1 } },
      { targetModel: 'gpt-5', status: 'COMPLETED', dryRun: false, counts: { total: 2, created: 2 } },
    ]);
    expect(dryRuns).toMatchObject([{ dryRun: true }, { dryRun: true }]);
    expect(ofModel).toMatchObject([{ targetModel: 'gpt-5' }]);
    expect(failed).toEqual([]);
    expect(none.stdout).toBe('There are no replications.\n');
  });
});

describe('undo', () => {
  it('undo deletes the replicas, keeps an edited one, and exits with 1 then', async () => {
    addPrompts(fixture.sandbox, 3);
    await fixture.run('replicate', '--to', 'gpt-5', '--yes');
    const [job] = await listed('--first', '1');
    const { portkey } = fixture.sandbox;
    const edited = [...portkey.prompts.values()].find(({ name }) => name === 'p02-replica');
    const [version] = edited?.versions ?? [];
    if (!edited || !version) throw new Error('the replica is gone');
    portkey.addVersion(edited, { ...version, string: 'my own words' });
    const { status, stdout, stderr } = await fixture.run('undo', job?.id ?? '', '--yes');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^Deleted: 2, kept: 1\.\n[\s\S]*p02-replica +│ \S+ +│ The replica has been edited since/,
    );
    expect(stderr).toMatch(/^2\/3/m);
    expect(replicaNames(fixture.sandbox)).toEqual(['p02-replica']);
  });

  it('undo exits with 0 when everything is deleted, and reports it as JSON', async () => {
    addPrompts(fixture.sandbox, 1);
    await fixture.run('replicate', '--to', 'gpt-5', '--yes');
    const [job] = await listed('--first', '1');
    const { status, stdout } = await fixture.run('undo', job?.id ?? '', '--yes', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      deleted: [{ id: expect.any(String), name: 'p01-replica' }],
      kept: [],
    });
    expect(replicaNames(fixture.sandbox)).toEqual([]);
  });

  it('undo fails when Portkey rejects the key midway, and says how to continue', async () => {
    addPrompts(fixture.sandbox, 3);
    await fixture.run('replicate', '--to', 'gpt-5', '--yes', '--concurrency', '1');
    const [job] = await listed('--first', '1');
    const fault = { upstream: 'portkey', kind: 'status', status: 401, method: 'DELETE' } as const;
    fixture.sandbox.addFault({ ...fault, skip: 1, times: 0 });
    const { status, stdout, stderr } = await fixture.run('undo', job?.id ?? '', '--yes');
    expect([status, replicaNames(fixture.sandbox).length]).toEqual([1, 2]);
    expect(stdout).toMatch(/^Deleted: 1, kept: 2\.$/m);
    expect(stderr).toMatch(/^The undo is incomplete\. Continue with: npx promptgate undo /m);
    fixture.sandbox.clearFaults();
    expect((await fixture.run('undo', job?.id ?? '', '--yes')).status).toBe(0);
    expect(replicaNames(fixture.sandbox)).toEqual([]);
  });
});
