import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { refusingUrl } from '../support/ports.js';
import { type CliFixture, Command, type CommandEnd, openCliFixture } from './command.js';

const TO = ['--to', 'gpt-5'];

const USAGE: [string, string[], RegExp][] = [
  ['a missing model', ['replicate'], /--to <model>/],
  ['two formats', ['replicate', ...TO, '--json', '--csv'], /'--json' cannot be used with option '--csv'/],
  ['an unknown option', ['replicate', ...TO, '--speed'], /unknown option '--speed'/],
  ['a number out of range', ['replicate', ...TO, '--concurrency', '17'], /1 to 16/],
  ['no terminal for the confirmation', ['replicate', ...TO], /no terminal to ask for confirmation.*--yes/],
  [
    'no terminal for the confirmation of an undo',
    ['undo', 'some-id'],
    /no terminal to ask for confirmation.*--yes/,
  ],
  ['an unknown status', ['replications', '--status', 'done'], /Must be one of WAITING, .*UNDONE/],
  ['a missing id', ['resume'], /missing required argument 'id'/],
  [
    'a password in the URL',
    ['replications', '--gateway', 'http://u:hush@127.0.0.1:1'],
    /without user, query/,
  ],
];
const DRY_RUN = ['replicate', ...TO, '--dry-run'];
const REFUSED: [string, string[], RegExp][] = [
  ['an unknown placeholder', [...DRY_RUN, '--name', '{nam}'], /^--name: .*\{nam\}.*\{slug\}/m],
  ['an unknown collection', [...DRY_RUN, '--collection', 'none'], /^--collection: There is no collection/m],
  [
    'an unknown target collection',
    [...DRY_RUN, '--target-collection', 'none'],
    /^--target-collection: There is no/m,
  ],
  ['an empty model', [...DRY_RUN, '--to', ' '], /^--to: /m],
  ['an unknown replication to resume', ['resume', 'nothing'], /You have started no replication with this id/],
  ['an unknown replication to undo', ['undo', 'nothing', '--yes'], /There is no replication nothing\./],
];

let fixture: CliFixture;
const ends = new Map<string, Promise<CommandEnd>>();
beforeAll(async () => {
  fixture = await openCliFixture();
  // Starts all commands together to save time.
  for (const [name, args] of USAGE) ends.set(name, fixture.runAlone(...args));
  for (const [name, args] of REFUSED) ends.set(name, fixture.run(...args));
});
afterAll(() => fixture.close());

it.each(USAGE)('a command with %s exits with 2 and explains the usage', async (name, _args, message) => {
  const { status, stdout, stderr } = (await ends.get(name)) ?? {};
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at |hush/);
});

it('the help explains how to authenticate at a gateway', async () => {
  const { status, stdout } = await fixture.runAlone('replications', '--help');
  expect(status).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    '--gateway <url> URL of a running gateway, with your token in PROMPTGATE_TOKEN (default: a gateway in this process)',
  );
});

it.each(REFUSED)('a command with %s exits with 2 and names the error', async (name, _args, message) => {
  const { status, stdout, stderr } = (await ends.get(name)) ?? {};
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

it('a command that cannot ask for confirmation sends nothing to Portkey', async () => {
  await Promise.all(ends.values());
  fixture.sandbox.clearRequests();
  await fixture.run('replicate', ...TO);
  expect(fixture.sandbox.requests()).toEqual([]);
});

it('a command with invalid environment variables exits with 2 and shows no key', async () => {
  const broken = await new Command(['replications'], { PORT: 'high', PORTKEY_API_KEY: 'pk hush' }).ended;
  expect(broken.status).toBe(2);
  expect(broken.stderr).toMatch(/PORT .*\n.*PORTKEY_API_KEY/);
  const args = ['replications', '--gateway', await refusingUrl()];
  const remote = await new Command(args, { PROMPTGATE_TOKEN: 'to hush' }).ended;
  expect(remote.status).toBe(2);
  expect(remote.stderr).toContain('PROMPTGATE_TOKEN');
  expect(broken.stderr + remote.stderr).not.toContain('hush');
});
