import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { refusingUrl } from '../support/ports.js';
import { Command, type CommandEnd, openWorkplace, type Workplace } from './command.js';

const TO = ['--to', 'gpt-5'];

const USAGE: [string, string[], RegExp][] = [
  ['no model', ['replicate'], /--to <model>/],
  ['two formats', ['replicate', ...TO, '--json', '--csv'], /'--json' cannot be used with option '--csv'/],
  ['an unknown option', ['replicate', ...TO, '--speed'], /unknown option '--speed'/],
  ['no number', ['replicate', ...TO, '--concurrency', '17'], /1 to 16/],
  ['nobody to ask', ['replicate', ...TO], /no terminal to ask for confirmation.*--yes/],
  ['nobody to ask about an undo', ['undo', 'some-id'], /no terminal to ask for confirmation.*--yes/],
  ['an unknown status', ['replications', '--status', 'done'], /Must be one of WAITING, .*UNDONE/],
  ['no id', ['resume'], /missing required argument 'id'/],
  [
    'a secret in the address',
    ['replications', '--gateway', 'http://u:hush@127.0.0.1:1'],
    /without user, query/,
  ],
];
const DRY_RUN = ['replicate', ...TO, '--dry-run'];
const REFUSED: [string, string[], RegExp][] = [
  ['a name of nothing known', [...DRY_RUN, '--name', '{nam}'], /^--name: .*\{nam\}.*\{slug\}/m],
  [
    'a collection that there is not',
    [...DRY_RUN, '--collection', 'none'],
    /^--collection: There is no collection/m,
  ],
  ['such a target', [...DRY_RUN, '--target-collection', 'none'], /^--target-collection: There is no/m],
  ['an empty model', [...DRY_RUN, '--to', ' '], /^--to: /m],
  ['no such replication to resume', ['resume', 'nothing'], /No replication with this id/],
  ['no such replication to undo', ['undo', 'nothing', '--yes'], /There is no replication nothing\./],
];

let place: Workplace;
const ends = new Map<string, Promise<CommandEnd>>();
beforeAll(async () => {
  place = await openWorkplace();
  // All at once: most of the time of each is the start of a process.
  for (const [name, args] of USAGE) ends.set(name, place.runAlone(...args));
  for (const [name, args] of REFUSED) ends.set(name, place.run(...args));
});
afterAll(() => place.close());

it.each(USAGE)('ends with 2 and how to use it: %s', async (name, _args, message) => {
  const { status, stdout, stderr } = (await ends.get(name)) ?? {};
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at |hush/);
});

it('says in the help how to get into a gateway', async () => {
  const { status, stdout } = await place.runAlone('replications', '--help');
  expect(status).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    '--gateway <url> URL of a running gateway, with your token in PROMPTGATE_TOKEN (default: a gateway in this process)',
  );
});

it.each(REFUSED)('ends with 2 when the gateway refuses it: %s', async (name, _args, message) => {
  const { status, stdout, stderr } = (await ends.get(name)) ?? {};
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

it('asks nothing of Portkey when there is nobody to ask', async () => {
  await Promise.all(ends.values());
  place.sandbox.clearRequests();
  await place.run('replicate', ...TO);
  expect(place.sandbox.requests()).toEqual([]);
});

it('ends with 2 for an environment that cannot be used, and shows no value of a key', async () => {
  const broken = await new Command(['replications'], { PORT: 'high', PORTKEY_API_KEY: 'pk hush' }).ended;
  expect(broken.status).toBe(2);
  expect(broken.stderr).toMatch(/PORT .*\n.*PORTKEY_API_KEY/);
  const args = ['replications', '--gateway', await refusingUrl()];
  const remote = await new Command(args, { PROMPTGATE_TOKEN: 'to hush' }).ended;
  expect(remote.status).toBe(2);
  expect(remote.stderr).toContain('PROMPTGATE_TOKEN');
  expect(broken.stderr + remote.stderr).not.toContain('hush');
});
