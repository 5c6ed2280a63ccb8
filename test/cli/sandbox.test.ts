import { setTimeout } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { DEFAULT_DIALECT } from '../../src/sandbox/dialect.js';
import { Command } from './command.js';

/** Starts `promptgate sandbox` on a free port, reads its dialect and ends it. */
async function dialectWith(...args: string[]): Promise<unknown> {
  const command = new Command(['sandbox', '--port', '0', ...args], {});
  try {
    const url = await listeningAt(command);
    return await (await fetch(`${url}/_sandbox/dialect`)).json();
  } finally {
    command.interrupt();
    await command.ended;
  }
}

async function listeningAt(command: Command): Promise<string> {
  for (;;) {
    const url = /listening on (\S+)/.exec(command.stdout)?.[1];
    if (url) return url;
    await setTimeout(20);
  }
}

it('the sandbox command starts with the default dialect', async () => {
  expect(await dialectWith()).toEqual(DEFAULT_DIALECT);
});

it('the sandbox command has an option for each setting of the dialect', async () => {
  const options = [
    ...['--update-fields', 'refuse', '--version-lists', 'bare', '--read-lag-ms', '500', '--unique-names'],
    ...['--default-page', '20', '--deleted-status', '403', '--tool-choice', 'text'],
    ...['--prompt-shape', 'versions', '--deduplication', 'attributes', '--callback-body', 'wrapped'],
    ...['--lagging-reads', 'lists'],
  ];
  const dialect = {
    updateFields: 'refuse',
    versionLists: 'bare',
    readLagMs: 500,
    laggingReads: 'lists',
    uniqueNames: true,
    defaultPage: 20,
    deletedStatus: 403,
    toolChoice: 'text',
    promptShape: 'versions',
    deduplication: 'attributes',
    callbackBody: 'wrapped',
  };
  expect(await dialectWith(...options)).toEqual(dialect);
  expect(Object.keys(dialect).sort()).toEqual(Object.keys(DEFAULT_DIALECT).sort());
});

it.each([
  ['--update-fields', 'ignore', 'Must be one of drop, refuse, accept.'],
  ['--deleted-status', '410', 'Must be one of 403, 404.'],
  ['--read-lag-ms', '60001', 'Must be a whole number from 0 to 60000.'],
])('the sandbox command rejects %s %s and names the valid values', async (option, value, message) => {
  const { status, stdout, stderr } = await new Command(['sandbox', option, value], {}).ended;
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`'${option} <`);
  expect(stderr).toContain(message);
});
