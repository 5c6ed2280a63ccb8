import type { Dialect, Sandbox } from '../../src/sandbox/index.js';
import { at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { pairwise } from '../support/pairwise.js';
import { library, upstream } from './replicating.js';

export type PortkeyDialect = Omit<Dialect, 'deduplication' | 'callbackBody'>;

/** Combinations of settings in which every pair of values occurs. */
export const DIALECTS = pairwise<PortkeyDialect>({
  updateFields: ['drop', 'refuse', 'accept'],
  readLagMs: [0, 500, 2000],
  laggingReads: ['all', 'lists', 'objects'],
  promptShape: ['flat', 'current_version', 'versions'],
  versionLists: ['wrapped', 'bare'],
  uniqueNames: [false, true],
  defaultPage: ['all', 20],
  deletedStatus: [404, 403],
  toolChoice: ['object', 'text'],
});

/** Time that the gateway waits for its writes to appear. Longer than any read lag. */
const SETTLE_MS = 4_000;
export const UPDATE = { onExisting: 'UPDATE', verify: true };

/** Runs `test` against a new gateway whose sandbox uses the dialect. */
export async function withDialect(
  dialect: PortkeyDialect,
  test: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const gateway = await startTestGateway({
    sandbox: { seed: 'empty', dialect },
    env: { LOST_RESPONSE_TIMEOUT_MS: String(SETTLE_MS) },
  });
  try {
    addSources(gateway.sandbox, dialect);
    await test(gateway);
  } finally {
    await gateway.close();
  }
}

/** Adds prompts of each kind, old enough for every read to show them. */
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
export function changeSources(sandbox: Sandbox): void {
  for (const source of library(sandbox)) {
    if (source.name.endsWith('-replica')) continue;
    const [version] = source.versions;
    if (!version) throw new Error('a source without a version');
    const { number } = sandbox.portkey.addVersion(source, { ...version, string: `${version.string} ` });
    source.published = number;
  }
}

/** Waits until reads show the newest version of every source. */
export async function untilShown({ sandbox, graphql }: TestGateway): Promise<void> {
  for (const name of ['chat', 'raw', 'text']) {
    const { id, version } = upstream(sandbox, name);
    await until(
      () => graphql('query ($id: ID!) { portkeyPrompt(id: $id) { template } }', { id }),
      ({ data }) => at(data, 'portkeyPrompt.template') === version.string,
    );
  }
}

/** Compares each replica with its source and counts its versions. */
export function contents(sandbox: Sandbox) {
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

export const exact = (versions: number) => Array.from({ length: 3 }, () => ({ isExact: true, versions }));
