import { describe, expect, it } from '@jest/globals';
import { addPrompts, createsSent, expectedReplicas, parseCsv, replicaNames } from './command.js';
import { CommandProcess } from './command-process.js';
import { describeWorkplace } from './describe-workplace.js';

const place = describeWorkplace();

const REPLICATE = ['replicate', '--to', 'gpt-5', '--yes'] as const;

describe('replicate', () => {
  it('shows the plan, does it, and ends with the mapping as CSV in a pipe', async () => {
    addPrompts(place.sandbox, 3);
    const { status, stdout, stderr } = await place.runAlone(...REPLICATE);
    expect(status).toBe(0);
    expect(replicaNames(place.sandbox)).toEqual(expectedReplicas(3));
    const ids = new Map(
      [...place.sandbox.portkey.prompts.values()].map(({ name, id, slug }) => [name, { id, slug }]),
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

  it('has nothing to do the second time, and writes what is there', async () => {
    addPrompts(place.sandbox, 2);
    const first = await place.run(...REPLICATE, '--json');
    expect(JSON.parse(first.stdout)).toMatchObject([
      { sourceName: 'p01', replicaId: expect.any(String), status: 'CREATED', error: null },
      { sourceName: 'p02', replicaId: expect.any(String), status: 'CREATED', error: null },
    ]);
    const second = await place.run(...REPLICATE, '--json');
    expect(second.status).toBe(0);
    expect(second.stderr).toContain('There is nothing to create or update.');
    const replicas = (text: string) => parseRows(text).map(({ replicaId }) => replicaId);
    expect(replicas(second.stdout)).toEqual(replicas(first.stdout));
    expect(createsSent(place.sandbox)).toBe(2);
  });

  it('names the replica that is there, and not the one of another name that is not', async () => {
    addPrompts(place.sandbox, 1);
    await place.run(...REPLICATE);
    const { portkey } = place.sandbox;
    const replica = [...portkey.prompts.values()].find(({ name }) => name === 'p01-replica');
    const { status, stdout, stderr } = await place.run(...REPLICATE, '--name', '{name}-{model}');
    expect(status).toBe(0);
    expect(parseCsv(stdout)).toMatchObject([
      { action: 'SKIP', replica_id: replica?.id, replica_slug: replica?.slug, replica_name: 'p01-replica' },
    ]);
    expect(stderr).toMatch(/│ p01 +│ skip +│ p01-replica +│/);
  });

  it('ends with 1 when an item fails, and names it', async () => {
    addPrompts(place.sandbox, 2);
    place.onCreates({ kind: 'status', status: 400, times: 1, body: { message: 'the model is not allowed' } });
    const { status, stdout, stderr } = await place.run(...REPLICATE, '--concurrency', '1');
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

  it('ends with 1 when all that is left cannot be done', async () => {
    place.sandbox.portkey.addPrompt({ name: 'stray', collection_id: null });
    const { status, stderr } = await place.run(...REPLICATE);
    expect(status).toBe(1);
    expect(stderr).toMatch(/nothing to create or update.*\n {2}Failed: stray: .*--target-collection/);
    const { id } = place.sandbox.portkey.addCollection({ name: 'Replicas' });
    expect((await place.run(...REPLICATE, '--target-collection', id, '--verify')).status).toBe(0);
  });

  it('updates with --update where a source has changed', async () => {
    addPrompts(place.sandbox, 1);
    await place.run(...REPLICATE);
    const { portkey } = place.sandbox;
    const source = [...portkey.prompts.values()].find(({ name }) => name === 'p01');
    const [version] = source?.versions ?? [];
    if (!source || !version) throw new Error('p01 is gone');
    source.published = portkey.addVersion(source, { ...version, string: 'new words' }).number;
    const { status, stdout, stderr } = await place.run(...REPLICATE, '--update');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^Completed: 0 created, 1 updated\.$/m);
    expect(parseCsv(stdout)).toMatchObject([{ action: 'UPDATE', status: 'UPDATED' }]);
  });

  it('writes CSV that a spreadsheet does not calculate with, and only its head when nothing is selected', async () => {
    const name = '=HYPERLINK("http://evil.example","p, 1")';
    place.sandbox.portkey.addPrompt({ name });
    const [{ stdout }, nothing] = await Promise.all([
      place.run(...REPLICATE),
      place.run(...REPLICATE, '--source-model', 'none'),
    ]);
    expect([nothing.status, parseCsv(nothing.stdout)]).toEqual([0, []]);
    expect(nothing.stderr).toContain('The selection matches no prompts.');
    expect(parseCsv(stdout)).toMatchObject([{ source_name: `'${name}`, replica_name: `'${name}-replica` }]);
  });

  it('is not disturbed by a reader that has enough', async () => {
    addPrompts(place.sandbox, 3);
    const command = new CommandProcess([...REPLICATE, '--gateway', place.url], {});
    command.closeStdout();
    const { status, stderr } = await command.ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/Completed: 3 created\.\n$/);
  });
});

describe('an upstream that does not answer as it should', () => {
  it('stops the plan, with the reason in a line', async () => {
    addPrompts(place.sandbox, 1);
    place.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 401, times: 0 });
    const { status, stdout, stderr } = await place.run(...REPLICATE);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^.*key.*\n$/);
    expect(stderr).not.toContain(place.sandbox.portkeyKey);
  });

  it('stops the run, which can be resumed then', async () => {
    addPrompts(place.sandbox, 3);
    place.onCreates({ kind: 'status', status: 403 });
    const { status, stderr } = await place.run(...REPLICATE);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^Stopped: 0 created, 3 pending\. Continue with: npx promptgate resume \S+ .*\n {2}Reason: .+$/m,
    );
  });
});

function parseRows(text: string): { replicaId: string }[] {
  return JSON.parse(text);
}
