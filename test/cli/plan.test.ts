import { describe, expect, it } from '@jest/globals';
import { addPrompts, Command, createsSent, parseCsv } from './command.js';
import { describeCliFixture } from './describe-cli-fixture.js';

const fixture = describeCliFixture();

const plan = (...args: string[]) => fixture.run('replicate', '--to', 'gpt-5', '--dry-run', ...args);

/** Control characters of a terminal. */
const UNFIT = /[^\P{Cc}\n]|\u202e/u;

describe('dry run', () => {
  it('a dry run shows the counts and the first prompts as a table, and creates nothing', async () => {
    addPrompts(fixture.sandbox, 23);
    const { status, stdout, stderr } = await plan();
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/create +│ update +│ skip +│ conflict +│ fail +│ total/);
    expect(stdout).toMatch(/│ 23 +│ 0 +│ 0 +│ 0 +│ 0 +│ 23 +│/);
    expect(stdout).toMatch(/│ p01 +│ create +│ p01-replica +│/);
    expect(stdout.match(/│ create +│ p\d\d-replica/g)).toHaveLength(20);
    expect(stdout).toContain('... and 3 more');
    expect(createsSent(fixture.sandbox)).toBe(0);
  });

  it('a dry run shows conflicts and failures first, with their reasons, and exits with 1', async () => {
    addPrompts(fixture.sandbox, 2);
    fixture.sandbox.portkey.addPrompt({ name: 'stray', collection_id: null });
    fixture.sandbox.portkey.addPrompt({ name: 'taken' });
    fixture.sandbox.portkey.addPrompt({ name: 'taken-replica' });
    const { status, stdout } = await plan();
    expect(status).toBe(1);
    const rows = stdout.split('\n').filter((line) => / (conflict|fail|create) +│ /.test(line));
    expect(rows.map((line) => line.split('│').slice(1, 3).join())).toEqual([
      ' create , update ',
      expect.stringMatching(/ taken +, conflict /),
      expect.stringMatching(/ stray +, fail +/),
      expect.stringMatching(/ p01 +, create +/),
      expect.stringMatching(/ p02 +, create +/),
    ]);
    expect(stdout).toContain('--target-collection');
  });

  it('a dry run exits with 1 for a single conflict', async () => {
    fixture.sandbox.portkey.addPrompt({ name: 'taken' });
    fixture.sandbox.portkey.addPrompt({ name: 'taken-replica' });
    const { status, stdout } = await plan();
    expect(stdout).toMatch(/│ 0 +│ 0 +│ 0 +│ 1 +│ 0 +│ 1 +│/);
    expect(status).toBe(1);
  });

  it('a dry run writes the plan as JSON or CSV', async () => {
    addPrompts(fixture.sandbox, 2);
    const [json, csv] = await Promise.all([plan('--json'), plan('--csv', '--name', '{name} on {model}')]);
    expect([json.status, csv.status]).toEqual([0, 0]);
    const open = { replicaId: null, replicaSlug: null, action: 'CREATE', status: 'PENDING', error: null };
    expect(JSON.parse(json.stdout)).toEqual([
      { sourceId: expect.any(String), sourceName: 'p01', replicaName: 'p01-replica', ...open },
      { sourceId: expect.any(String), sourceName: 'p02', replicaName: 'p02-replica', ...open },
    ]);
    expect(parseCsv(csv.stdout)).toMatchObject([
      { source_name: 'p01', replica_id: '', replica_name: 'p01 on gpt-5', action: 'CREATE' },
      { source_name: 'p02', replica_id: '', replica_name: 'p02 on gpt-5', action: 'CREATE' },
    ]);
  });

  it('a dry run contains only the selected prompts', async () => {
    const { portkey } = fixture.sandbox;
    const collection = portkey.addCollection({ name: 'Second' });
    portkey.addPrompt({ name: 'in', collection_id: collection.id });
    portkey.addPrompt({ name: 'out' });
    const planned = async (...args: string[]) =>
      parseCsv((await plan('--csv', ...args)).stdout).map(({ source_name }) => source_name);
    const conditions = [
      ['--collection', collection.id],
      ['--search', 'ou'],
      ['--source-model', 'no-such-model'],
    ];
    const found = await Promise.all(conditions.map((condition) => planned(...condition)));
    expect(found).toEqual([['in'], ['out'], []]);
  });

  it('a dry run prints no control characters of a name', async () => {
    fixture.sandbox.portkey.addPrompt({ name: 'red \u001b[31m\u009b2J\u202e\u0007' });
    const [table, json] = await Promise.all([plan(), plan('--json')]);
    expect(table.stdout).toContain('red ');
    expect(table.stdout).not.toMatch(UNFIT);
    expect(json.stdout).not.toMatch(UNFIT);
    expect(JSON.parse(json.stdout)).toMatchObject([{ sourceName: 'red \u001b[31m\u009b2J\u202e\u0007' }]);
  });
});

it('a dry run without keys uses the in-process sandbox and says so', async () => {
  const folder = { DATA_DIR: fixture.env.DATA_DIR ?? '' };
  const args = ['replicate', '--to', 'gpt-5', '--source-model', 'gpt-4o', '--dry-run'];
  const { status, stdout, stderr } = await new Command(args, folder).ended;
  expect(status).toBe(1);
  expect(stdout).toContain('Playground scratch');
  expect(stderr).toBe('This command uses an in-process sandbox. Its data is lost when the command ends.\n');
});
