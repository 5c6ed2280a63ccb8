import { describe, expect, it } from '@jest/globals';
import { addPrompts, createsSent, expectedReplicas, parseCsv, replicaNames } from './command.js';
import { CommandProcess } from './command-process.js';
import { describeCliFixture } from './describe-cli-fixture.js';

const fixture = describeCliFixture();

const REPLICATE = ['replicate', '--to', 'gpt-5', '--yes'] as const;

describe('replicate', () => {
  it('replicate shows the plan, executes it, and writes the mapping as CSV to a pipe', async () => {
    addPrompts(fixture.sandbox, 3);
    const { status, stdout, stderr } = await fixture.runAlone(...REPLICATE);
    expect(status).toBe(0);
    expect(replicaNames(fixture.sandbox)).toEqual(expectedReplicas(3));
    const ids = new Map(
      [...fixture.sandbox.portkey.prompts.values()].map(({ name, id, slug }) => [name, { id, slug }]),
    );
    expect(parseCsv(stdout)).toEqual(
      ['p01', 'p02', 'p03'].map((name) => ({
        source_id: ids.get(name)?.id,
        source_name: name,
        replica_id: ids.get(`${name}-replica`)?.id,
        replica_slug: ids.get(`${name}-replica`)?.slug,
        replica_name: `${name}-replica`,
        action: 'CREATE',
        status: 'CREATED',
        error: '',
      })),
    );
    expect(stderr).toMatch(/│ p01 +│ create +│ p01-replica/);
    expect(stderr).toMatch(/^3\/3 .*0 failed$/m);
    expect(stderr).toMatch(/^Completed: 3 created\.$/m);
  });

  it('replicate creates nothing the second time, and writes the existing replicas', async () => {
    addPrompts(fixture.sandbox, 2);
    const first = await fixture.run(...REPLICATE, '--json');
    expect(JSON.parse(first.stdout)).toMatchObject([
      { sourceName: 'p01', replicaId: expect.any(String), status: 'CREATED', error: null },
      { sourceName: 'p02', replicaId: expect.any(String), status: 'CREATED', error: null },
    ]);
    const second = await fixture.run(...REPLICATE, '--json');
    expect(second.status).toBe(0);
    expect(second.stderr).toContain('There is nothing to create or update.');
    const replicas = (text: string) => parseRows(text).map(({ replicaId }) => replicaId);
    expect(replicas(second.stdout)).toEqual(replicas(first.stdout));
    expect(createsSent(fixture.sandbox)).toBe(2);
  });

  it('replicate names the existing replica when the name template has changed', async () => {
    addPrompts(fixture.sandbox, 1);
    await fixture.run(...REPLICATE);
    const { portkey } = fixture.sandbox;
    const replica = [...portkey.prompts.values()].find(({ name }) => name === 'p01-replica');
    const { status, stdout, stderr } = await fixture.run(...REPLICATE, '--name', '{name}-{model}');
    expect(status).toBe(0);
    expect(parseCsv(stdout)).toMatchObject([
      { action: 'SKIP', replica_id: replica?.id, replica_slug: replica?.slug, replica_name: 'p01-replica' },
    ]);
    expect(stderr).toMatch(/│ p01 +│ skip +│ p01-replica +│/);
  });

  it('replicate exits with 1 when an item fails, and names it', async () => {
    addPrompts(fixture.sandbox, 2);
    fixture.onCreates({
      kind: 'status',
      status: 400,
      times: 1,
      body: { message: 'the model is not allowed' },
    });
    const { status, stdout, stderr } = await fixture.run(...REPLICATE, '--concurrency', '1');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^Completed: 1 created, 1 failed\. Retry the failed items with: npx promptgate resume \S+ /m,
    );
    expect(stderr).toMatch(/^ {2}Failed: p01: .*the model is not allowed/m);
    expect(parseCsv(stdout)).toMatchObject([
      {
        source_name: 'p01',
        replica_id: '',
        status: 'FAILED',
        error: expect.stringMatching(/^UPSTREAM_REJECTED: /),
      },
      { source_name: 'p02', status: 'CREATED' },
    ]);
  });

  it('replicate exits with 1 when no prompt can be replicated', async () => {
    fixture.sandbox.portkey.addPrompt({ name: 'stray', collection_id: null });
    const { status, stderr } = await fixture.run(...REPLICATE);
    expect(status).toBe(1);
    expect(stderr).toMatch(/nothing to create or update.*\n {2}Failed: stray: .*--target-collection/);
    const { id } = fixture.sandbox.portkey.addCollection({ name: 'Replicas' });
    expect((await fixture.run(...REPLICATE, '--target-collection', id, '--verify')).status).toBe(0);
  });

  it('replicate updates a replica with --update when its source has changed', async () => {
    addPrompts(fixture.sandbox, 1);
    await fixture.run(...REPLICATE);
    const { portkey } = fixture.sandbox;
    const source = [...portkey.prompts.values()].find(({ name }) => name === 'p01');
    const [version] = source?.versions ?? [];
    if (!source || !version) throw new Error('p01 is gone');
    source.published = portkey.addVersion(source, { ...version, string: 'new words' }).number;
    const { status, stdout, stderr } = await fixture.run(...REPLICATE, '--update');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^Completed: 0 created, 1 updated\.$/m);
    expect(parseCsv(stdout)).toMatchObject([{ action: 'UPDATE', status: 'UPDATED' }]);
  });

  it('replicate writes CSV without formulas, and only its header when nothing is selected', async () => {
    const name = '=HYPERLINK("http://evil.example","p, 1")';
    fixture.sandbox.portkey.addPrompt({ name });
    const [{ stdout }, nothing] = await Promise.all([
      fixture.run(...REPLICATE),
      fixture.run(...REPLICATE, '--source-model', 'none'),
    ]);
    expect([nothing.status, parseCsv(nothing.stdout)]).toEqual([0, []]);
    expect(nothing.stderr).toContain('The selection matches no prompts.');
    expect(parseCsv(stdout)).toMatchObject([{ source_name: `'${name}`, replica_name: `'${name}-replica` }]);
  });

  it('replicate completes when the reader closes the pipe', async () => {
    addPrompts(fixture.sandbox, 3);
    const command = new CommandProcess([...REPLICATE, '--gateway', fixture.url], {});
    command.closeStdout();
    const { status, stderr } = await command.ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/Completed: 3 created\.\n$/);
  });
});

describe('replicate with a failing upstream', () => {
  it('replicate with a failing upstream stops during planning with the reason in one line', async () => {
    addPrompts(fixture.sandbox, 1);
    fixture.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 401, times: 0 });
    const { status, stdout, stderr } = await fixture.run(...REPLICATE);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^.*key.*\n$/);
    expect(stderr).not.toContain(fixture.sandbox.portkeyKey);
  });

  it('replicate with a failing upstream stops the job and says how to resume it', async () => {
    addPrompts(fixture.sandbox, 3);
    fixture.onCreates({ kind: 'status', status: 403 });
    const { status, stderr } = await fixture.run(...REPLICATE);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^Stopped: 0 created, 3 pending\. Continue with: npx promptgate resume \S+ .*\n {2}Reason: .+$/m,
    );
  });
});

function parseRows(text: string): { replicaId: string }[] {
  return JSON.parse(text);
}
