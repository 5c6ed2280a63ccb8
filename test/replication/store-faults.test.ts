import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { startGateway } from '../../src/gateway.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { at, gatewayClient, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { silentLog, temporaryFolder } from '../support/store.js';
import { creates, names } from './replicating.js';

const PROMPTS = 60;
const REPLICATE = `mutation { replicatePrompts(targetModel: "gpt-5", awaitSeconds: 20) {
  replication { id status error { code message } counts { total created pending } } userErrors { message } } }`;
const READ = `query ($id: ID!) { replication(id: $id) { status error { code } counts { total created pending }
  items(status: RUNNING) { totalCount } }
  portkeyPrompts(first: 1) { totalCount } tunes { nodes { id } } }`;

let disk: ReturnType<typeof temporaryFolder>;
let sandbox: Sandbox;
let gateway: GatewayProcess | null;
beforeEach(async () => {
  disk = temporaryFolder();
  gateway = null;
  sandbox = await startSandbox({ seed: 'empty' });
  for (let n = 0; n < PROMPTS; n += 1) sandbox.portkey.addPrompt({ name: `p${n}` });
});
afterEach(async () => {
  await gateway?.stop();
  await sandbox.close();
  disk.remove();
});

const environment = () => ({
  ASTRIA_BASE_URL: sandbox.astriaUrl,
  ASTRIA_API_KEY: sandbox.astriaKey,
  PORTKEY_BASE_URL: sandbox.portkeyUrl,
  PORTKEY_API_KEY: sandbox.portkeyKey,
  DATA_DIR: disk.folder,
  OUTCOME_SETTLE_MS: '300',
  LOG_LEVEL: 'silent',
});

async function launch(under: readonly string[] = []): Promise<GatewayProcess> {
  gateway = await GatewayProcess.launch(environment(), under);
  await gateway.listening();
  return gateway;
}

/** In this process, where nothing limits it. */
async function startHere() {
  const { url, close } = await startGateway(parseConfig({ ...environment(), PORT: '0' }), silentLog);
  return { close, ...gatewayClient(url) };
}

describe('a disk that is full', () => {
  /** No file may become larger than so many KiB: what is beyond fails as on a full disk. */
  const limited = (kibibytes: number) => [
    ...['bash', '-c', `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$@"`, 'bash'],
  ];

  it('stops the job resumably, and reads go on', async () => {
    const full = await launch(limited(300));
    const { data } = await full.graphql(REPLICATE);
    const job = at(data, 'replicatePrompts.replication');
    const id = String(at(job, 'id'));
    expect(job).toMatchObject({ status: 'INTERRUPTED', error: { code: 'STORE_UNAVAILABLE' } });
    expect(at(job, 'error.message')).toMatch(/store.*cannot be written.*resumed/);
    const recorded = Number(at(job, 'counts.created'));
    expect(at(job, 'counts')).toEqual({ total: PROMPTS, created: recorded, pending: PROMPTS - recorded });
    // Nothing was sent that is not recorded as done, or as maybe sent.
    expect(recorded).toBeGreaterThan(0);
    const read = await full.graphql(READ, { id });
    const maybeSent = Number(at(read.data, 'replication.items.totalCount'));
    expect(creates(sandbox) - recorded).toBeLessThanOrEqual(maybeSent);
    expect(maybeSent).toBeLessThanOrEqual(5);
    expect(read).toMatchObject({ errors: undefined, data: { replication: { status: 'INTERRUPTED' } } });
    expect(at(read.data, 'portkeyPrompts.totalCount')).toBe(names(sandbox).length);
    await full.stop();

    const mended = await startHere();
    const last = await until(
      async () => (await mended.graphql(READ, { id })).data,
      (value) => at(value, 'replication.status') === 'COMPLETED',
    );
    expect(at(last, 'replication.counts')).toEqual({ total: PROMPTS, created: PROMPTS, pending: 0 });
    expect(new Set(names(sandbox)).size).toBe(2 * PROMPTS);
    expect(names(sandbox)).toHaveLength(2 * PROMPTS);
    expect(creates(sandbox)).toBe(PROMPTS);
    await mended.close();
  });

  it('refuses a job that cannot even be written down, before anything is created', async () => {
    const full = await launch(limited(90));
    const { data, errors } = await full.graphql(REPLICATE);
    expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE' }, path: ['replicatePrompts'] }]);
    expect(data).toEqual({ replicatePrompts: null });
    expect(creates(sandbox)).toBe(0);
  });
});

describe('a DATA_DIR that cannot be written', () => {
  const isRoot = process.getuid?.() === 0;
  /** To the superuser nothing is read-only: the gateway runs as nobody then. */
  const unprivileged = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

  async function expectReadsAlone(running: Pick<GatewayProcess, 'graphql'>): Promise<void> {
    const read = await running.graphql('{ tunes { nodes { id } } portkeyPrompts(first: 1) { totalCount } }');
    expect(read).toMatchObject({ errors: undefined, data: { portkeyPrompts: { totalCount: PROMPTS } } });
    const { errors } = await running.graphql(REPLICATE);
    expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE' } }]);
    expect(errors?.[0]?.message).not.toContain(disk.folder);
    expect(creates(sandbox)).toBe(0);
  }

  it('lets reads go on, says why there are no replications, and is used as soon as it can be written', async () => {
    await chmod(disk.folder, 0o555);
    const running = await launch(unprivileged);
    await expectReadsAlone(running);
    await chmod(disk.folder, 0o777);
    const { data } = await running.graphql(REPLICATE);
    expect(at(data, 'replicatePrompts.replication')).toMatchObject({ status: 'COMPLETED' });
  });

  it('can be a path through a file', async () => {
    const { folder, remove } = disk;
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    disk = { folder: path.join(file, 'data'), remove };
    const running = await startHere();
    await expectReadsAlone(running);
    await running.close();
  });
});

describe('a store that cannot be used', () => {
  it('keeps the gateway from starting, with what to do', async () => {
    await writeFile(path.join(disk.folder, 'promptgate.db'), 'garbage '.repeat(2000));
    const refusing = await launch();
    expect(refusing.exitCode).toBe(1);
    const complaint = refusing.takeComplaints();
    expect(complaint).toMatch(/promptgate\.db is damaged.*move it away/);
    expect(complaint).not.toContain('    at ');
  });
});
