import { describe, expect, it } from '@jest/globals';
import { addPrompts, replicaNames } from './command.js';
import { describeWorkplace } from './describe-workplace.js';

const place = describeWorkplace();

async function listed(
  ...args: string[]
): Promise<{ id: string; status: string; targetModel: string; dryRun: boolean }[]> {
  return JSON.parse((await place.run('replications', '--json', ...args)).stdout);
}

describe('replications', () => {
  it('lists them, newest first, and dry runs only with --all', async () => {
    addPrompts(place.sandbox, 2);
    await place.run('replicate', '--to', 'gpt-5', '--yes');
    await place.run('replicate', '--to', 'gpt-4.1', '--yes', '--name', '{name}-{model}', '--search', 'p02');
    const [table, newest, dryRuns, ofModel, failed, none] = await Promise.all([
      place.run('replications'),
      listed(),
      listed('--all', '--status', 'planned'),
      listed('--model', 'gpt-5', '--first', '1'),
      listed('--status', 'FAILED', 'cancelled'),
      place.run('replications', '--model', 'none'),
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
  it('deletes what was created, keeps what was edited since, and ends with 1 then', async () => {
    addPrompts(place.sandbox, 3);
    await place.run('replicate', '--to', 'gpt-5', '--yes');
    const [job] = await listed('--first', '1');
    const { portkey } = place.sandbox;
    const edited = [...portkey.prompts.values()].find(({ name }) => name === 'p02-replica');
    const [version] = edited?.versions ?? [];
    if (!edited || !version) throw new Error('the replica is gone');
    portkey.addVersion(edited, { ...version, string: 'my own words' });
    const { status, stdout, stderr } = await place.run('undo', job?.id ?? '', '--yes');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^Deleted: 2, kept: 1\.\n[\s\S]*p02-replica +│ \S+ +│ The replica has been edited since/,
    );
    expect(stderr).toMatch(/^2\/3/m);
    expect(replicaNames(place.sandbox)).toEqual(['p02-replica']);
  });

  it('ends with 0 when all is deleted, and tells it as JSON', async () => {
    addPrompts(place.sandbox, 1);
    await place.run('replicate', '--to', 'gpt-5', '--yes');
    const [job] = await listed('--first', '1');
    const { status, stdout } = await place.run('undo', job?.id ?? '', '--yes', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      deleted: [{ id: expect.any(String), name: 'p01-replica' }],
      kept: [],
    });
    expect(replicaNames(place.sandbox)).toEqual([]);
  });

  it('that the upstream stops in the middle fails, and says how to go on', async () => {
    addPrompts(place.sandbox, 3);
    await place.run('replicate', '--to', 'gpt-5', '--yes', '--concurrency', '1');
    const [job] = await listed('--first', '1');
    const fault = { upstream: 'portkey', kind: 'status', status: 401, method: 'DELETE' } as const;
    place.sandbox.addFault({ ...fault, skip: 1, times: 0 });
    const { status, stdout, stderr } = await place.run('undo', job?.id ?? '', '--yes');
    expect([status, replicaNames(place.sandbox).length]).toEqual([1, 2]);
    expect(stdout).toMatch(/^Deleted: 1, kept: 2\.$/m);
    expect(stderr).toMatch(/^The undo is incomplete\. Continue with: npx promptgate undo /m);
    place.sandbox.clearFaults();
    expect((await place.run('undo', job?.id ?? '', '--yes')).status).toBe(0);
    expect(replicaNames(place.sandbox)).toEqual([]);
  });
});
