import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { type LocalGateway, openGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { uuidFor } from '../../src/sandbox/deterministic.js';
import { at, until } from '../support/gateway.js';
import { temporaryFolder } from '../support/store.js';

let disk: ReturnType<typeof temporaryFolder>;
const open: LocalGateway[] = [];
beforeEach(() => {
  disk = temporaryFolder();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close()));
  disk.remove();
});

/** Opens a gateway with a new sandbox that contains three prompts. */
async function openSandboxed(): Promise<LocalGateway> {
  const config = parseConfig({ SANDBOX: 'true', DATA_DIR: disk.folder });
  const gateway = await openGateway(config, createLog('silent'));
  open.push(gateway);
  // Every sandbox gets the same ids, like for its seeded content.
  for (const name of ['mine one', 'mine two', 'mine three'])
    gateway.sandbox?.portkey.addPrompt({ id: uuidFor(name), name });
  return gateway;
}

const fields = 'replication { id status counts { created pending undone } } userErrors { code message }';
const START = `mutation { replicatePrompts(targetModel: "gpt-5", selection: { search: "mine" }, awaitSeconds: 20) { ${fields} } }`;
const jobMutation = (mutation: string) => `mutation ($id: ID!) { ${mutation}(id: $id) { ${fields} } }`;

it('a gateway rejects undoing and resuming a job of the sandbox of another process', async () => {
  const one = await openSandboxed();
  const two = await openSandboxed();
  one.sandbox?.addFault({ upstream: 'portkey', kind: 'status', status: 400, method: 'POST' });
  const { data } = await one.execute(START, {});
  const id = at(data, 'replicatePrompts.replication.id');
  expect(at(data, 'replicatePrompts.replication.counts')).toMatchObject({ created: 2 });
  for (const mutation of ['undoReplication', 'resumeReplication']) {
    const result = await two.execute(jobMutation(mutation), { id });
    expect(at(result.data, mutation)).toMatchObject({
      replication: { status: 'COMPLETED', counts: { created: 2, undone: 0 } },
      userErrors: [{ code: 'INVALID', message: expect.stringMatching(/sandbox of another process/) }],
    });
  }
  const undone = await one.execute(jobMutation('undoReplication'), { id });
  expect(at(undone.data, 'undoReplication.replication.counts')).toMatchObject({ undone: 2 });
});

it('a job of a closed sandbox cannot be undone, and creates its replicas again when it is resumed', async () => {
  const one = await openSandboxed();
  one.sandbox?.addFault({ upstream: 'portkey', kind: 'status', status: 400, method: 'POST' });
  const id = at((await one.execute(START, {})).data, 'replicatePrompts.replication.id');
  await open.splice(0)[0]?.close();
  const two = await openSandboxed();
  const refused = await two.execute(jobMutation('undoReplication'), { id });
  expect(at(refused.data, 'undoReplication.userErrors')).toMatchObject([{ code: 'INVALID' }]);
  await two.execute(jobMutation('resumeReplication'), { id });
  await until(
    () => two.execute('query ($id: ID!) { replication(id: $id) { status counts { created } } }', { id }),
    ({ data }) =>
      at(data, 'replication.status') === 'COMPLETED' && at(data, 'replication.counts.created') === 3,
  );
  const replicas = [...(two.sandbox?.portkey.prompts.values() ?? [])].filter(({ name }) =>
    /^mine .*-replica$/.test(name),
  );
  expect(replicas).toHaveLength(3);
});
