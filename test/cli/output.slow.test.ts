import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnProgram } from '../support/program.js';
import { addPrompts, type CliFixture, openCliFixture } from './command.js';

/** Writes to it fail like those to a full disk. */
const FULL = '/dev/full';

let fixture: CliFixture;
beforeAll(async () => {
  fixture = await openCliFixture();
  addPrompts(fixture.sandbox, 2);
});
afterAll(() => fixture.close());

type Target = 'full' | 'closed pipe';

/** Runs a command whose standard output cannot be written. */
async function run(target: Target, args: readonly string[]) {
  const full = target === 'full' ? openSync(FULL, 'w') : null;
  const child = spawnProgram(args, { env: fixture.env, stdio: ['ignore', full ?? 'pipe', 'pipe'] });
  if (full !== null) closeSync(full);
  child.stdout?.destroy();
  const ended = once(child, 'close');
  const stderr = child.stderr ? await text(child.stderr) : '';
  await ended;
  return { status: child.exitCode, stderr };
}

const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ['--help', ['--help']],
  ['--version', ['--version']],
  ['token create', ['token', 'create', 'me', '--scope', 'read']],
  ['replications', ['replications', '--json']],
  ['replicate', ['replicate', '--to', 'gpt-5', '--yes', '--csv']],
];

describe('command whose output cannot be written', () => {
  const onLinux = existsSync(FULL) ? it : it.skip;
  onLinux.each(COMMANDS)('fails with a message of one line on a full disk (%s)', async (_name, args) => {
    const { status, stderr } = await run('full', args);
    expect(stderr).not.toMatch(/^\s+at |node:/m);
    expect(stderr.match(/^The output is incomplete: .*$/gm)).toEqual([
      'The output is incomplete: standard output cannot be written (ENOSPC).',
    ]);
    expect(status).toBe(1);
  });

  it.each(COMMANDS)(
    'a command whose output cannot be written ends quietly when the reader has closed the pipe (%s)',
    async (_name, args) => {
      const { status, stderr } = await run('closed pipe', args);
      expect(stderr).not.toMatch(/^\s+at |node:|incomplete|EPIPE/m);
      expect(status).toBe(0);
    },
  );
});
