import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseTokens } from '../../src/http/access/tokens-file.js';
import { temporaryFolder } from '../support/store.js';
import { Command } from './command.js';

let disk: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  disk = temporaryFolder();
});
afterAll(() => disk.remove());

const create = (args: readonly string[], env: Record<string, string> = {}) =>
  new Command(['token', 'create', ...args], env).ended;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('promptgate token create', () => {
  it('promptgate token create writes the token to standard output, and its hash to the file', async () => {
    const file = path.join(disk.folder, 'tokens.json');
    const first = await create(['ci', '--scope', 'read', 'create', '--file', file]);
    expect([first.status, first.stdout]).toEqual([0, expect.stringMatching(/^pg_[\w-]{43}\n$/)]);
    const second = await create(['ops', '--scope', 'replicate'], { AUTH_TOKENS_FILE: file });
    const text = await readFile(file, 'utf8');
    expect(parseTokens(text, file)).toEqual([
      { name: 'ci', sha256: sha256(first.stdout.trim()), scopes: ['read', 'create'] },
      { name: 'ops', sha256: sha256(second.stdout.trim()), scopes: ['replicate'] },
    ]);
    expect(text + first.stderr).not.toContain(first.stdout.trim());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await create(['CI', '--scope', 'read', '--file', file]);
    expect([again.status, again.stdout]).toEqual([2, '']);
    expect(again.stderr).toContain('already has a token of this name.');
  });

  it('promptgate token create shows the entry to add when there is no tokens file', async () => {
    const { status, stdout, stderr } = await create(['ci', '--scope', 'read']);
    expect(status).toBe(0);
    const entry = { name: 'ci', sha256: sha256(stdout.trim()), scopes: ['read'] };
    expect(stderr).toContain(JSON.stringify(entry));
  });

  it('promptgate token create fails without changes for invalid files and arguments', async () => {
    // The file name contains a control character.
    const broken = path.join(disk.folder, 'broken \u001b[31m.json');
    await writeFile(broken, '[{');
    const folder = path.join(disk.folder, 'folder.json');
    await mkdir(folder);
    const ends = await Promise.all([
      create(['a', '--scope', 'read', '--file', broken]),
      create(['a', '--scope', 'read', '--file', folder]),
      create(['a', '--scope', 'read', '--file', path.join(disk.folder, 'none', 'tokens.json')]),
      create(['a/b', '--scope', 'read']),
      create(['a', '--scope', 'admin']),
      create(['a']),
    ]);
    expect(ends.map(({ status, stdout }) => [status, stdout])).toEqual([
      [2, ''],
      [2, ''],
      [1, ''],
      [2, ''],
      [2, ''],
      [2, ''],
    ]);
    expect(ends.map(({ stderr }) => stderr).join('')).not.toMatch(/\n\s+at /);
    expect(ends[0]?.stderr).toBe(`${disk.folder}/broken  [31m.json is not valid JSON.\n`);
    expect(ends[1]?.stderr).toBe(`${folder} cannot be read (EISDIR).\n`);
    expect(await readFile(broken, 'utf8')).toBe('[{');
  });
});
