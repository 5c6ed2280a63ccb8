import { describe, expect, it } from '@jest/globals';
import type { Dialect, Sandbox } from '../../src/sandbox/index.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { pairwise } from '../support/pairwise.js';
import {
  creates,
  ended,
  library,
  lines,
  names,
  replicate,
  resume,
  undo,
  upstream,
  writes,
} from './replicating.js';

type PortkeyDialect = Omit<Dialect, 'deduplication' | 'callbackBody'>;

const DIALECTS = pairwise<PortkeyDialect>({
  updateFields: ['drop', 'refuse', 'accept'],
  readLagMs: [0, 500, 2000],
  promptShape: ['flat', 'current_version', 'versions'],
  versionLists: ['wrapped', 'bare'],
  uniqueNames: [false, true],
  defaultPage: ['all', 20],
  deletedStatus: [404, 403],
  toolChoice: ['object', 'text'],
});

/** Longer than any lag: until then the gateway waits for what it has written. */
const SETTLE_MS = 4_000;
const UPDATE = { onExisting: 'UPDATE', verify: true };

/** Runs a story at a gateway of its own. */
async function tell(dialect: PortkeyDialect, story: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const gateway = await startTestGateway({
    sandbox: { seed: 'empty', dialect },
    env: { OUTCOME_SETTLE_MS: String(SETTLE_MS) },
  });
  try {
    addSources(gateway.sandbox, dialect);
    await story(gateway);
  } finally {
    await gateway.close();
  }
}

/** Prompts of each kind, old enough for every read to show them. */
function addSources({ portkey }: Sandbox, { toolChoice }: PortkeyDialect): void {
  const tools = [{ type: 'function', function: { name: 'look_up' } }];
  const tool_choice = toolChoice === 'text' ? 'auto' : { type: 'function', function: { name: 'look_up' } };
  portkey.addPrompt({ name: 'chat', tools, tool_choice });
  portkey.addPrompt({
    name: 'raw',
    is_raw_template: 1,
    string: '[{{#x}}{"role":"user","content":"{{x}}"}{{/x}}]',
  });
  portkey.addPrompt({ name: 'text', string: 'Summarize {{text}}', template_metadata: { team: 'a' } });
}

/** Publishes a new version of every source. */
function changeSources(sandbox: Sandbox): void {
  for (const source of library(sandbox)) {
    if (source.name.endsWith('-replica')) continue;
    const [version] = source.versions;
    if (!version) throw new Error('a source without a version');
    const { number } = sandbox.portkey.addVersion(source, { ...version, string: `${version.string} ` });
    source.published = number;
  }
}

/** Waits until reads show the newest version of every source. */
async function untilShown({ sandbox, graphql }: TestGateway): Promise<void> {
  for (const name of ['chat', 'raw', 'text']) {
    const { id, version } = upstream(sandbox, name);
    await until(
      () => graphql('query ($id: ID!) { portkeyPrompt(id: $id) { template } }', { id }),
      ({ data }) => at(data, 'portkeyPrompt.template') === version.string,
    );
  }
}

/** What the replicas hold, by the name of their source. */
function contents(sandbox: Sandbox) {
  return ['chat', 'raw', 'text'].map((name) => {
    const [source, replica] = [upstream(sandbox, name), upstream(sandbox, `${name}-replica`)];
    const { string, is_raw_template, tools, tool_choice, functions } = replica.version;
    const expected = source.version;
    return {
      isExact:
        string === expected.string &&
        is_raw_template === expected.is_raw_template &&
        JSON.stringify([tools, tool_choice, functions]) ===
          JSON.stringify([expected.tools, expected.tool_choice, expected.functions]),
      versions: replica.versions.length,
    };
  });
}

const exact = (versions: number) => Array.from({ length: 3 }, () => ({ isExact: true, versions }));

describe.each(DIALECTS.map((dialect) => [JSON.stringify(dialect), dialect] as const))(
  'with %s',
  (_name, dialect) => {
    it.concurrent('replicas are made, verified, updated and undone exactly once, without waiting between the runs', () =>
      tell(dialect, async (gateway) => {
        const { sandbox } = gateway;
        const first = await replicate(gateway, { options: { verify: true } });
        expect(lines(first)).toEqual(['chat: CREATE CREATED', 'raw: CREATE CREATED', 'text: CREATE CREATED']);
        expect(contents(sandbox)).toEqual(exact(1));

        const second = await replicate(gateway, { options: { verify: true } });
        expect([second.counts.skipped, creates(sandbox)]).toEqual([3, 3]);

        changeSources(sandbox);
        await untilShown(gateway);
        const third = await replicate(gateway, { options: UPDATE });
        expect(lines(third)).toEqual(['chat: UPDATE UPDATED', 'raw: UPDATE UPDATED', 'text: UPDATE UPDATED']);
        expect(contents(sandbox)).toEqual(exact(2));

        const fourth = await replicate(gateway, { options: UPDATE });
        expect([fourth.counts.skipped, contents(sandbox)]).toEqual([3, exact(2)]);
      }));

    it.concurrent('a job is resumed and undone, and its replicas can be made again, without waiting in between', () =>
      tell(dialect, async (gateway) => {
        const { sandbox } = gateway;
        sandbox.addFault({
          upstream: 'portkey',
          kind: 'status',
          status: 400,
          method: 'POST',
          path: '/prompts',
        });
        sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST', path: '/prompts' });
        const { id } = await replicate(gateway, { options: { concurrency: 1 } });
        await resume(gateway, id);
        expect((await ended(gateway, id)).counts).toMatchObject({ total: 3, created: 3 });
        expect(names(sandbox)).toHaveLength(6);

        expect((await undo(gateway, id)).deleted).toHaveLength(3);
        expect(names(sandbox)).toEqual(['chat', 'raw', 'text']);
        expect((await undo(gateway, id)).kept).toEqual([]);

        const again = await replicate(gateway);
        expect([again.counts.created, names(sandbox).length]).toEqual([3, 6]);
      }));
  },
);

it('every pair of settings is covered by far fewer combinations than there are', () => {
  expect(DIALECTS.length).toBeLessThan(20);
  for (const lag of [0, 500, 2000]) {
    for (const fields of ['drop', 'refuse', 'accept']) {
      expect(DIALECTS.some((one) => one.readLagMs === lag && one.updateFields === fields)).toBe(true);
    }
  }
});

it('an update sends what Portkey documents for it, and nothing else', async () => {
  await tell(
    { ...(DIALECTS[0] as PortkeyDialect), updateFields: 'refuse', readLagMs: 0 },
    async (gateway) => {
      await replicate(gateway);
      changeSources(gateway.sandbox);
      gateway.sandbox.clearRequests();
      await replicate(gateway, { selection: { search: 'raw' }, options: UPDATE });
      const [update] = writes(gateway.sandbox);
      expect(update).toMatchObject({
        method: 'PUT',
        body: { patch: true, is_raw_template: 1, model: 'gpt-5' },
      });
      expect(Object.keys(Object(update?.body)).sort()).toEqual(
        [
          'is_raw_template',
          'model',
          'parameters',
          'patch',
          'prompt_metadata',
          'string',
          'virtual_key',
        ].sort(),
      );
    },
  );
});
